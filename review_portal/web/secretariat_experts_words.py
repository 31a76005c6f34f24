"""What the pages of the register are given: services' data in the components' shapes, typed fields back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from review_portal.domain.errors import PortalError
from review_portal.domain.records import Absence
from review_portal.domain.register import STATUSES
from review_portal.services.calls import CallView
from review_portal.services.experts import TAKEN, Comparison, ExpertPage, ExpertProfile, ServiceHistory
from review_portal.web.filters import office_date
from review_portal.web.forms import say
from review_portal.web.secretariat_expert_pages import ROUND_WORDS

# Field of the form -> column of the roster and its label, in the order of the page.
FIELDS: Mapping[str, tuple[str, Any]] = {
    "name": ("姓名", _l("姓名")),
    "employer": ("工作单位", _l("工作单位")),
    "since": ("到任日期", _l("到任日期")),
    "title": ("职称", _l("职称")),
    "field": ("专业", _l("专业")),
    "district": ("所在区县", _l("所在区县")),
    "phone": ("手机", _l("手机")),
    "email": ("邮箱", _l("邮箱")),
    "past": ("任职经历", _l("任职经历")),
    "kin": ("亲属任职", _l("亲属任职")),
    "declared": ("声明的利害关系", _l("声明的利害关系")),
    "away": ("不能参加的时间", _l("不能参加的时间")),
    "load": ("评审份数上限", _l("评审份数上限")),
    "status": ("在库状态", _l("在库状态")),
    "status_reason": ("状态说明", _l("状态说明")),
}
_LINES = ("past", "kin", "declared", "away")  # several items, a line each
STATUS_WORDS = {
    "active": ("done", _l("在库")),
    "paused": ("hold", _l("暂停")),
    "removed": ("out", _l("移出")),
}
OUTCOMES = {
    "agreed": _l("同意"),
    "declined": _l("婉拒"),
    "unreached": _l("未接通"),
    "recused": _l("需回避"),
}


def typed() -> dict[str, str]:
    """The form's texts under the roster's columns."""
    return {column: request.form.get(name, "") for name, (column, _label) in FIELDS.items()}


def version(name: str) -> int:
    """The version that the page showed; none fits where it is missing."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def page_number() -> int:
    """The page asked for in the address."""
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def pool_page(call: CallView, found: ExpertPage) -> dict[str, Any]:
    """The register's section: its lines, what was looked for, and the way to the other pages."""
    query, status = request.args.get("q", ""), request.args.get("status", "")

    def at(page: int) -> str:
        return url_for("experts.register", call=call.public_id, q=query, status=status, page=page) + "#pool"

    return {
        "pool": found,
        "query": query,
        "status": status,
        "statuses": [("", _("全部")), *((key, word) for key, (_kind, word) in STATUS_WORDS.items())],
        "status_words": STATUS_WORDS,
        "previous": at(found.page - 1) if found.page > 1 else "",
        "following": at(found.page + 1) if found.page < found.last_page else "",
        "away": {line.public_id: periods(line.away) for line in found.lines if line.away},
    }


def periods(absences: tuple[Absence, ...]) -> str:
    """Days away in one line."""
    return "；".join(
        office_date(item.first)
        if item.first == item.last
        else _("%(first)s至%(last)s", first=office_date(item.first), last=office_date(item.last))
        for item in absences
    )


def profile_page(profile: ExpertProfile, history: ServiceHistory) -> dict[str, Any]:
    """One expert's page."""
    row = profile.row
    status = row.status or "active"
    return {
        "profile": profile,
        "row": row,
        "status": STATUS_WORDS[status],
        "away": periods(row.absences),
        "history": history,
        "round_words": ROUND_WORDS,
        "outcomes": OUTCOMES,
    }


def _values(profile: ExpertProfile) -> dict[str, str]:
    texts = {name: profile.texts[column] for name, (column, _label) in FIELDS.items()}
    return texts | {name: texts[name].replace("；", "\n") for name in _LINES}


def edit_page(profile: ExpertProfile, problem: PortalError | None) -> dict[str, Any]:
    """The form, as typed after a refusal."""
    wrong = problem.fields if problem else {}
    faults = {name: say(wrong[column]) for name, (column, _label) in FIELDS.items() if column in wrong}
    posted = problem is not None
    return {
        "profile": profile,
        "values": {name: request.form.get(name, "") for name in FIELDS} if posted else _values(profile),
        "version": version("version") if posted else profile.version,
        "faults": faults,
        "summary": [(f"#{name}", f"{FIELDS[name][1]}：{text}") for name, text in faults.items()],
        "problem": say(problem.message) if problem is not None and not faults else "",
        "labels": {name: label for name, (_column, label) in FIELDS.items()},
        "statuses": [(word, STATUS_WORDS[key][1]) for key, word in STATUSES.items()],
    }


def conflict_page(call: str, theirs: ExpertProfile) -> dict[str, Any]:
    """Both texts where they differ; keeping the own one sends it again on top of theirs."""
    stored = _values(theirs)
    masked = {"phone": theirs.row.phone or "", "email": theirs.row.email or ""}
    mine = {name: request.form.get(name, "").replace("\r\n", "\n") for name in FIELDS}
    here = url_for("pool.edit", call=call, expert=theirs.public_id)
    return {
        "what": theirs.row.name,
        "fields": [
            (FIELDS[name][1], mine[name] or "—", masked.get(name) or stored[name] or "—")
            for name in FIELDS
            if mine[name].strip() != stored[name]
        ],
        "mine_when": "",
        "theirs_when": "",
        "theirs_who": "",
        "keep": {"action": here, "version": theirs.version, "hidden": list(mine.items())},
        "back_href": here,
    }


def export_page(call: CallView, people: int, reason: Mapping[str, str]) -> dict[str, Any]:
    """The act page before the register leaves the portal."""
    return {
        "title": _("导出专家名单"),
        "lead": call.title,
        "consequences": [
            _("导出的文件含全部专家的手机号码和邮箱，请妥善保管，用后删除。"),
            _("导出人、时间和事由记入操作记录，监督人员可查。"),
            _("文件可直接改好后重新导入。"),
        ],
        "facts": [(_("专家"), _("%(n)s人", n=people))],
        "reason": {"name": "reason", "label": _("事由"), **reason},
        "action": url_for("pool.export", call=call.public_id),
        "act_text": _("导出"),
        "back_href": url_for("experts.register", call=call.public_id),
        "back_text": _("返回"),
    }


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the page of two rows sent."""

    keep: str
    drop: str
    versions: tuple[int, int]
    take: list[str]


def chosen(both: Comparison) -> Chosen:
    """Which row stays, and the columns whose value is taken from the other one."""
    second = request.form.get("keep") == "second"
    versions = version("first_version"), version("second_version")
    side = "first" if second else "second"  # the row that goes
    take = [
        column
        for name, (column, _label) in FIELDS.items()
        if column in TAKEN and request.form.get(f"take-{name}") == side
    ]
    ids = both.first.public_id, both.second.public_id
    if second:
        return Chosen(ids[1], ids[0], (versions[1], versions[0]), take)
    return Chosen(ids[0], ids[1], versions, take)


def merge_page(both: Comparison, problem: PortalError | None) -> dict[str, Any]:
    """Two rows side by side. `lines`: name, label, both texts, whether one is to be chosen, which is now."""
    first_may, second_may = not both.against_first, not both.against_second
    keep = request.form.get("keep") or ("first" if first_may else "second")
    lines = []
    for name, (column, label) in FIELDS.items():
        left, right = _shown(both.first, column), _shown(both.second, column)
        usual = keep if (left if keep == "first" else right) else ("first" if left else "second")
        lines.append(
            {
                "name": name,
                "label": label,
                "first": left,
                "second": right,
                "choose": column in TAKEN and _differ(both, column, left, right),
                "now": request.form.get(f"take-{name}") or usual,
            }
        )
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    reasons = [text for name, text in faults.items() if name != "reason"]
    return {
        "both": both,
        "lines": lines,
        "keep": keep,
        "first_may": first_may,
        "second_may": second_may,
        "against": [
            (both.first, [say(text) for text in both.against_first]),
            (both.second, [say(text) for text in both.against_second]),
        ],
        "problems": reasons or ([say(problem.message)] if problem and "reason" not in faults else []),
        "fault": faults.get("reason", ""),
        "typed": request.form.get("reason", ""),
    }


def _shown(profile: ExpertProfile, column: str) -> str:
    masked = {"手机": profile.row.phone, "邮箱": profile.row.email}
    return masked[column] or "" if column in masked else profile.texts[column]


def _differ(both: Comparison, column: str, left: str, right: str) -> bool:
    """Masked numbers may look alike and differ: there is always a choice between two of them."""
    return left != right or (column in ("手机", "邮箱") and bool(left))
