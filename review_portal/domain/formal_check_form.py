"""Checks of what stands on the form itself: parts, names, codes, numbers, choices, lengths, dates."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from review_portal.domain.formal_check_codes import region_of
from review_portal.domain.formal_check_outcome import Check, Outcome, Subject, broken, params, same
from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.records import BodySection
from review_portal.domain.text_count import count_text
from scoring_rubrics import FormalRule

_MOBILE = re.compile(r"1[3-9]\d{9}")
_EMAIL = re.compile(r"[^@\s,;，；]+@[^@\s,;，；]+\.[A-Za-z]{2,}")
_NOT_LEGAL_PERSON = re.compile(r"(?:分公司|分院|分所|分中心|办事处|个体工商户)(?:[（(].*[)）])?$")
_NONE = {"无", "/", "暂无", "没有", "无。"}
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_PARTS = {
    "cover": "封面",
    "unit_table": "申报表",
    "kpi_table": "指标表",
    "body": "申报书正文",
    "proofs": "证明材料",
    "commitment": "承诺书",
}
_FIELDS = {
    "unit.name": "单位名称",
    "cover.applicant": "封面申报单位",
    "unit.registered_capital_wan": "注册资本（万元）",
    "unit.revenue_last_fy_wan": "整体业务收入（万元）",
    "unit.headcount": "单位人数",
    "unit.ownership": "单位性质",
    "unit.listed": "是否上市公司",
    "name": "姓名",
    "mobile": "手机",
    "email": "邮箱",
    "contact": "联系人",
    "phone": "联系电话",
    "date": "日期",
    "legal_representative": "法定代表人",
}


def _label(path: str) -> str:
    return _FIELDS.get(path, path)


def _listed(names: list[str]) -> str:
    return "、".join(names)


def parts_present(subject: Subject, rule: FormalRule) -> Outcome:
    """All parts of the material are there."""
    missing = [part for part in params(rule, "parts") if part not in subject.form.parts]
    if missing:
        names = _listed([_PARTS.get(part, part) for part in missing])
        return broken(rule, _("未找到：%(parts)s。请退回申报单位补齐。", parts=names))
    return Outcome("pass")


def names_equal(subject: Subject, rule: FormalRule) -> Outcome:
    """The named fields hold the same name."""
    paths = params(rule, "fields")
    names = [subject.value(path) for path in paths]
    missing = [_label(path) for path, name in zip(paths, names, strict=True) if not name]
    if missing:
        return broken(
            rule, _("%(fields)s未填写，请退回补填。", fields=_listed(missing)), subject.place(*paths)
        )
    if all(same(str(names[0]), str(name)) for name in names):
        return Outcome("pass", place=subject.place(*paths))
    written = "，".join(f"{_label(path)}为“{name}”" for path, name in zip(paths, names, strict=True))
    return broken(
        rule,
        _("名称不一致：%(written)s。请与营业执照核对后退回更正。", written=written),
        subject.place(*paths),
    )


def credit_code(subject: Subject, rule: FormalRule) -> Outcome:
    """The code has a valid form and check character."""
    unit = subject.form.unit
    place = subject.place("unit.credit_code")
    if unit.credit_code is None:
        return broken(rule, _("未填写统一社会信用代码，请退回补填。"), place)
    if unit.credit_code_valid:
        return Outcome("pass", place=place)
    return broken(
        rule,
        _(
            "代码“%(code)s”位数或校验位不正确，请按营业执照（法人证书）核对后退回更正。",
            code=unit.credit_code,
        ),
        place,
    )


def registered_in_region(subject: Subject, rule: FormalRule) -> Outcome:
    """The code's place of registration is the call's; that it is a legal person somebody confirms."""
    unit, prefix = subject.form.unit, subject.call.chain_id_prefix
    place = subject.place("unit.credit_code")
    if unit.name and _NOT_LEGAL_PERSON.search(unit.name):
        return broken(rule, _("“%(name)s”不是独立法人，请核对营业执照后确认。", name=unit.name), place)
    region = region_of(unit.credit_code)
    if region is None:
        return Outcome("manual", _("代码中看不出登记地，请按营业执照或法人证书人工核对。"), place)
    if not region.startswith(prefix):
        return broken(
            rule,
            _("登记地代码为%(region)s，不在规定的登记地区，请核对营业执照后确认。", region=region),
            place,
        )
    return Outcome("pass", _("登记地代码%(region)s符合要求；营业执照须人工核对。", region=region), place)


def contact_complete(subject: Subject, rule: FormalRule) -> Outcome:
    """Name, mobile and e-mail of the contact are there and look right."""
    contact = subject.form.unit.contact
    faults = []
    for name in params(rule, "fields"):
        value = str(getattr(contact, name) or "")
        if not value:
            faults.append(f"{_label(name)}未填写")
        elif (name == "mobile" and not _MOBILE.fullmatch(value)) or (
            name == "email" and not _EMAIL.fullmatch(value)
        ):
            faults.append(f"{_label(name)}“{value}”格式不正确")
    place = subject.place("unit.contact.name", "unit.contact.mobile")
    if faults:
        return broken(rule, _("联系人信息：%(faults)s。请退回补正。", faults="；".join(faults)), place)
    return Outcome("pass", place=place)


def numbers_present(subject: Subject, rule: FormalRule) -> Outcome:
    """The fields hold one number each."""
    paths = params(rule, "fields")
    faults = []
    for path in paths:
        value = subject.value(path)
        if isinstance(value, Decimal | int) and value >= 0:
            continue
        source = subject.form.sources.get(path)
        written = source.text.strip() if source else ""
        faults.append(f"{_label(path)}" + (f"“{written}”不能识别为数值" if written else "未填写"))
    if faults:
        return broken(
            rule, _("%(faults)s。请退回填写数值。", faults="；".join(faults)), subject.place(*paths)
        )
    return Outcome("pass", place=subject.place(*paths))


def one_choice(subject: Subject, rule: FormalRule) -> Outcome:
    """Exactly one option is chosen; 其他 says which."""
    path = params(rule, "field")[0]
    marks = subject.value(f"{path}_marks")
    chosen = list(marks) if isinstance(marks, tuple) else []
    place = subject.place(path)
    if not chosen:
        return broken(rule, _("%(field)s未选择，请退回补选一项。", field=_label(path)), place)
    if len(chosen) > 1:
        return broken(
            rule,
            _(
                "%(field)s选了%(options)s，只能选一项，请退回更正。",
                field=_label(path),
                options=_listed(chosen),
            ),
            place,
        )
    if path == "unit.ownership" and chosen == ["其他"] and not subject.form.unit.ownership_other:
        return Outcome("warn", _("选了“其他”但没有注明，请向申报单位核实。"), place)
    return Outcome("pass", place=place)


def text_at_most(subject: Subject, rule: FormalRule) -> Outcome:
    """A text is no longer than the call's limit; over by one way of counting only is for a person."""
    which = params(rule, "limit")[0]
    path = {"intro": "unit.intro", "overview": "platform.overview", "body": "body"}[which]
    text = _text(subject.value(path))
    limit = int(getattr(subject.call.limits, which))
    place = subject.place(path)
    if not text.strip() and which != "body":
        return broken(rule, _("未填写，请退回补填。"), place)
    counted = count_text(text)
    standing = counted.against(limit)
    if standing == "within":
        return Outcome("pass", place=place)
    numbers = {"word": counted.word, "nonspace": counted.nonspace, "limit": limit}
    if standing == "over":
        note = _("字数%(word)s（不计空格%(nonspace)s字符），超过%(limit)s字，请退回压缩。", **numbers)
        return broken(rule, note, place)
    return Outcome(
        "warn",
        _("字数%(word)s，字符数%(nonspace)s，按其中一种算法超过%(limit)s字，请人工认定。", **numbers),
        place,
    )


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(section.text for section in value if isinstance(section, BodySection))
    return str(value or "")


def no_template_hints(subject: Subject, rule: FormalRule) -> Outcome:
    """No prompt of the blank form was left in."""
    left = subject.form.hints_left
    if left:
        quoted = "、".join(f"“{hint.rstrip('。')}”" for hint in left)
        note = _("仍留有模板提示语：%(hints)s。请提醒申报单位删除。", hints=quoted)
        return broken(rule, note, subject.place_of(left[0].rstrip("。")))
    return Outcome("pass")


def platform_name_equals(subject: Subject, rule: FormalRule) -> Outcome:
    """The platform's name is the one that the form prescribes."""
    name, expected = subject.form.platform.name, subject.call.platform_name
    place = subject.place("platform.name")
    if same(name, expected):
        return Outcome("pass", place=place)
    return broken(
        rule,
        _("平台名称为“%(name)s”，规定名称是“%(expected)s”，请退回更正。", name=name or "", expected=expected),
        place,
    )


def apply_date_valid(subject: Subject, rule: FormalRule) -> Outcome:
    """The date of application is complete and not after the receipt."""
    applied = subject.form.cover.apply_date
    place = subject.place("cover.apply_date")
    if applied is None:
        return broken(rule, _("封面申报日期不完整，请退回补填年月日。"), place)
    received = _received_on(subject)
    if received is not None and applied > received:
        return broken(
            rule,
            _(
                "申报日期%(applied)s晚于报送日期%(received)s，请退回更正。",
                applied=applied,
                received=received,
            ),
            place,
        )
    if applied < subject.call.issued_on:
        return Outcome("warn", _("申报日期%(applied)s早于通知印发日期，请核实。", applied=applied), place)
    return Outcome("pass", place=place)


def _received_on(subject: Subject) -> date | None:
    return subject.received_at.astimezone(_SHANGHAI).date() if subject.received_at else None


def proofs_present(subject: Subject, rule: FormalRule) -> Outcome:
    """Every category of proofs lists something; in an optional one 无 is an answer for a person to accept."""
    missing: list[str] = []
    none: list[str] = []
    for category, titles in zip(subject.call.form.proofs, subject.form.proofs, strict=True):
        if titles and not set(titles) <= _NONE:
            continue
        (none if titles and category.optional else missing).append(str(category.number))
    if missing:
        return broken(
            rule,
            _("第%(numbers)s类证明材料未列出，请退回补齐。", numbers=_listed(missing)),
            subject.place(f"proofs.{missing[0]}"),
        )
    if none:
        return Outcome(
            "warn",
            _("第%(numbers)s类证明材料填“无”，请人工确认。", numbers=_listed(none)),
            subject.place(f"proofs.{none[0]}"),
        )
    return Outcome("pass", place=subject.place("proofs", "proofs.1"))


def commitment_complete(subject: Subject, rule: FormalRule) -> Outcome:
    """The pledge names its contact, phone and date; signature and seal are looked at on the scan."""
    pledge = subject.form.commitment
    values = {
        "contact": pledge.contact,
        "phone": pledge.phone,
        "date": pledge.date_raw,
        "legal_representative": pledge.legal_representative,
    }
    missing = [_label(name) for name in params(rule, "fields") if not values.get(name)]
    place = subject.place("commitment.contact", "commitment.date_raw")
    if missing:
        return broken(rule, _("承诺书缺少：%(fields)s。请退回补齐。", fields=_listed(missing)), place)
    return Outcome("pass", _("签字和盖章以扫描件为准，须人工核对。"), place)


def by_hand(subject: Subject, rule: FormalRule) -> Outcome:
    """Nothing that the form itself can show."""
    return Outcome("manual", Message(rule.guide) if rule.guide else _("请人工核对。"))


FORM_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            parts_present,
            names_equal,
            credit_code,
            registered_in_region,
            contact_complete,
            numbers_present,
            one_choice,
            text_at_most,
            no_template_hints,
            platform_name_equals,
            apply_date_valid,
            proofs_present,
            commitment_complete,
            by_hand,
        )
    }
)
