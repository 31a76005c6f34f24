"""The values of a form as they were read, each with its place in the document. No rule here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from review_portal.domain.records import ApplicationForm
from review_portal.domain.text_count import count_text
from review_portal.services.dossiers import DossierView
from review_portal.web.filters import MISSING, office_date

Value = tuple[str, str | None, str]  # label, value, path of its source


def _number(value: Decimal | int | None, unit: str = "") -> str | None:
    if value is None:
        return None
    return f"{value:,f}{unit}" if isinstance(value, Decimal) else f"{value:,}{unit}"


def values(found: DossierView) -> list[dict[str, Any]]:
    """Values as read, each with the place it was read from."""
    form, unit, limits = found.form, found.form.unit, found.rules.limits
    names = {goal.number: goal.name for goal in found.rules.goals}
    listed = None if unit.listed is None else _("是") if unit.listed else _("否")
    body = count_text("\n".join(part.text for part in form.body)).word
    cover: list[Value] = [
        (_("封面申报单位"), form.cover.applicant, "cover.applicant"),
        (_("推荐单位"), form.cover.recommender, "cover.recommender"),
        (_("申报日期"), _day(form), "cover.apply_date"),
    ]
    rows: list[Value] = [
        (_("单位名称"), unit.name, "unit.name"),
        (_("信用代码"), unit.credit_code, "unit.credit_code"),
        (_("法定代表人"), unit.legal_representative, "unit.legal_representative"),
        (_("联系人"), unit.contact.name, "unit.contact.name"),
        (_("手机"), unit.contact.mobile, "unit.contact.mobile"),
        (_("邮箱"), unit.contact.email, "unit.contact.email"),
        (_("传真"), unit.contact.fax, "unit.contact.fax"),
        (_("单位地址"), unit.address, "unit.address"),
        (_("注册资本"), _number(unit.registered_capital_wan, _("万元")), "unit.registered_capital_wan"),
        (_("业务收入"), _number(unit.revenue_last_fy_wan, _("万元")), "unit.revenue_last_fy_wan"),
        (_("单位人数"), _number(unit.headcount), "unit.headcount"),
        (_("单位性质"), _ownership(form), "unit.ownership"),
        (_("是否上市"), listed, "unit.listed"),
        (_("平台名称"), form.platform.name, "platform.name"),
    ]
    recognised: list[Value] = [
        (_("所在区县"), form.district, "district"),
        (_("联合体"), "、".join(form.members) or _("独立申报"), "consortium"),
        (_("服务目标"), "；".join(f"{n}．{names[n]}" for n in form.goals) or None, "goals"),
    ]
    lengths: list[Value] = [
        (_("申报单位简介"), _length(count_text(unit.intro).word, limits.intro), "unit.intro"),
        (
            _("平台任务概述"),
            _length(count_text(form.platform.overview).word, limits.overview),
            "platform.overview",
        ),
        (_("申报书"), _length(body, limits.body), "body"),
    ]
    return [
        {"title": _("封面"), "note": _("与原件核对"), "rows": _placed(form, cover)},
        {"title": _("识别字段"), "note": _("与正文核对"), "rows": _placed(form, rows)},
        {"title": found.rules.form.kpi_title, "note": _("各阶段目标；总目标"), "rows": _indicators(form)},
        {"title": _("证明材料"), "note": "", "rows": _placed(form, _proofs(found))},
        {"title": _("承诺书"), "note": "", "rows": _placed(form, _pledge(form))},
        {"title": _("文字中识别"), "note": _("仅供参考，须人工确认"), "rows": _placed(form, recognised)},
        {"title": _("字数"), "note": "", "rows": _placed(form, lengths)},
    ]


def _day(form: ApplicationForm) -> str | None:
    """The date of application; what is written where it is incomplete."""
    source = form.sources.get("cover.apply_date")
    return office_date(form.cover.apply_date) if form.cover.apply_date else source.text if source else None


def _ownership(form: ApplicationForm) -> str | None:
    unit = form.unit
    chosen = "、".join(unit.ownership_marks) or None
    return f"{chosen}：{unit.ownership_other}" if chosen and unit.ownership_other else chosen


def _indicators(form: ApplicationForm) -> list[dict[str, str]]:
    """Every row of the indicator table cell by cell as written; a blank one is "—"."""
    return [
        {
            "label": f"{row.name}（{row.unit}）" if row.unit else row.name,
            "value": _(
                "%(stages)s；总目标 %(total)s",
                stages="　".join(raw or MISSING for raw in row.raw_stages),
                total=row.raw_total or MISSING,
            ),
            "place": row.place,
            "anchor": f"#{row.at}",
        }
        for row in form.kpi
    ]


def _proofs(found: DossierView) -> list[Value]:
    titles = {category.number: category.title for category in found.rules.form.proofs}
    return [
        (titles[number], "；".join(listed) or None, f"proofs.{number}")
        for number, listed in enumerate(found.form.proofs, 1)
    ]


def _pledge(form: ApplicationForm) -> list[Value]:
    pledge = form.commitment
    return [
        (_("联系人"), pledge.contact, "commitment.contact"),
        (_("联系电话"), pledge.phone, "commitment.phone"),
        (_("法定代表人"), pledge.legal_representative, "commitment.legal_representative"),
        (_("日期"), pledge.date_raw, "commitment.date_raw"),
    ]


def _length(count: int, limit: int) -> str:
    return _("%(n)s字（上限%(limit)s字）", n=count, limit=limit)


def _placed(form: ApplicationForm, rows: list[Value]) -> list[dict[str, str]]:
    """Each value with the place it was read from and, for the code, what its check character says."""
    shown = []
    for label, value, path in rows:
        source = form.sources.get(path)
        row = {
            "label": label,
            "value": value or MISSING,
            "place": source.place if source else "",
            "anchor": f"#{source.at}" if source and source.at else "",
        }
        if path == "unit.credit_code" and value:
            valid = form.unit.credit_code_valid
            row["kind"], row["state"] = ("done", _("校验位正确")) if valid else ("bad", _("校验位有误"))
        shown.append(row)
    return shown
