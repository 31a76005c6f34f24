"""Checks of the call's terms: goals, units, indicators, the recommender's table, the deadline."""

from collections.abc import Mapping
from types import MappingProxyType

from review_portal.domain.formal_check_outcome import Check, Outcome, Subject, broken, params, same
from review_portal.domain.messages import mark as _
from review_portal.domain.records import KpiRow, Recommendation, RecommendationEntry
from review_portal.domain.text_count import fold, is_not_committed
from review_portal.domain.working_days import OFFICE_ZONE, receipt_standing
from scoring_rubrics import FormalRule

_FIGURES = "〇一二三四五六七八九十"


def _numbers(goals: tuple[int, ...]) -> str:
    return "、".join(_FIGURES[number] if number < len(_FIGURES) else str(number) for number in goals)


def _excluded(subject: Subject) -> str:
    excluded = subject.form.goals_excluded
    return f"；文中提及的（{_numbers(excluded)}）为否定表述，不计入" if excluded else ""


def goals_at_least(subject: Subject, rule: FormalRule) -> Outcome:
    """The text commits to as many goals as the call asks for; recognised, hence to be confirmed."""
    goals, least = subject.form.goals, subject.call.goals_min
    place = subject.place("goals")
    if not goals:
        return Outcome("warn", _("未能从文字中识别出所选目标，请人工核对后确认。"), place)
    shown = {"count": len(goals), "goals": _numbers(goals), "least": least, "excluded": _excluded(subject)}
    if len(goals) >= least:
        return Outcome(
            "pass", _("自动识别出%(count)s种（%(goals)s）%(excluded)s，须受理人确认。", **shown), place
        )
    return broken(
        rule,
        _(
            "仅识别出%(count)s种目标（%(goals)s），少于%(least)s种%(excluded)s。须受理人核对原文后确认。",
            **shown,
        ),
        place,
    )


def goals_any_of(subject: Subject, rule: FormalRule) -> Outcome:
    """At least one of the goals that the call insists on is among those committed to."""
    goals, wanted = subject.form.goals, subject.call.goals_any_of
    place = subject.place("goals")
    if not goals:
        return Outcome("warn", _("未能从文字中识别出所选目标，请人工核对后确认。"), place)
    found = tuple(goal for goal in goals if goal in wanted)
    if found:
        return Outcome(
            "pass", _("自动识别，含目标（%(goals)s），须受理人确认。", goals=_numbers(found)), place
        )
    return broken(
        rule,
        _("未识别出目标（%(wanted)s）中的任何一种，须受理人核对原文后确认。", wanted=_numbers(wanted)),
        place,
    )


def units_at_most(subject: Subject, rule: FormalRule) -> Outcome:
    """The applicant is no larger a consortium than the call allows."""
    named, stated = len(subject.form.consortium), subject.form.consortium_stated
    most, place = subject.call.consortium_max, subject.place("consortium")
    if not named:
        return Outcome("warn", _("未能识别申报单位，请人工核对联合体组成。"), place)
    if max(named, stated or 0) > most:
        return broken(
            rule,
            _(
                "联合体%(count)s家，超过%(most)s家。须受理人核对原文后确认。",
                count=max(named, stated or 0),
                most=most,
            ),
            place,
        )
    if stated is not None and stated != named:
        return Outcome(
            "warn",
            _("文中写明%(stated)s家，识别出%(named)s家，请人工核对联合体组成。", stated=stated, named=named),
            place,
        )
    return Outcome("pass", _("自动识别为%(named)s家，须受理人确认。", named=named), place)


def one_lead(subject: Subject, rule: FormalRule) -> Outcome:
    """There is exactly one lead, and it is the unit that applies."""
    leads = [unit.name for unit in subject.form.consortium if unit.role == "lead"]
    place = subject.place("consortium", "unit.name")
    if not leads:
        return Outcome("warn", _("未能识别牵头单位，请人工核对申报单位名称。"), place)
    if len(leads) > 1:
        return broken(
            rule, _("识别出多家牵头单位：%(leads)s。请核对原文后确认。", leads="、".join(leads)), place
        )
    if not same(leads[0], subject.form.lead):
        return broken(
            rule,
            _(
                "文中的牵头单位“%(lead)s”不是申报单位“%(applicant)s”，请核对后确认。",
                lead=leads[0],
                applicant=subject.form.lead or "",
            ),
            place,
        )
    return Outcome("pass", _("自动识别，牵头单位为“%(lead)s”，须受理人确认。", lead=leads[0]), place)


def _quoted(names: list[str]) -> str:
    return "".join(f"“{name}”" for name in names)


def stage_values_present(subject: Subject, rule: FormalRule) -> Outcome:
    """Every named indicator has its row and a number in every stage; "/" is seen and asked about."""
    rows = {row.index: row for row in subject.form.kpi if row.index is not None}
    names = {indicator.index: indicator.name for indicator in subject.call.indicators}
    missing = [name for index, name in names.items() if index not in rows]
    blank, declined = [], []
    for index, row in rows.items():
        open_cells = [raw for raw, value in zip(row.raw_stages, row.stages, strict=True) if value is None]
        if any(not is_not_committed(raw) for raw in open_cells):
            blank.append(names[index])
        elif open_cells:
            declined.append(names[index])
    if missing or blank:
        faults = [f"{_quoted(missing)}没有该行"] * bool(missing) + [
            f"{_quoted(blank)}有空缺或不是数值"
        ] * bool(blank)
        return broken(
            rule, _("%(faults)s。请退回补正。", faults="；".join(faults)), _first_place(rows, blank, names)
        )
    if declined:
        return Outcome(
            "warn",
            _("%(names)s填“/”，未承诺数值，请人工确认。", names=_quoted(declined)),
            _first_place(rows, declined, names),
        )
    return Outcome("pass", place=subject.place("kpi", "kpi.1"))


def _first_place(rows: Mapping[int, KpiRow], wanted: list[str], names: Mapping[int, str]) -> str:
    return next((row.place for index, row in rows.items() if names[index] in wanted), "")


def totals_present(subject: Subject, rule: FormalRule) -> Outcome:
    """Every row has a total or says "/"; the portal shows what the stages add up to and fills in nothing."""
    if not subject.form.kpi:
        return broken(rule, _("未找到指标表，请退回补齐。"))
    open_rows = [row for row in subject.form.kpi if row.total is None and not _declined(row)]
    if not open_rows:
        return Outcome("pass", place=subject.place("kpi", "kpi.1"))
    sums = [f"“{row.name}”{row.computed_sum:f}" for row in open_rows if row.computed_sum is not None]
    shown = f"；按阶段合计应为{'、'.join(sums)}" if sums else ""
    return broken(
        rule,
        _(
            "%(names)s总目标为空或不是数值%(sums)s。请退回补正，不得代填。",
            names=_quoted([row.name for row in open_rows]),
            sums=shown,
        ),
        open_rows[0].place,
    )


def _declined(row: KpiRow) -> bool:
    """The total says "/", or every stage does."""
    return is_not_committed(row.raw_total) or all(is_not_committed(raw) for raw in row.raw_stages)


def totals_consistent(subject: Subject, rule: FormalRule) -> Outcome:
    """Totals are the stages' sum, or their last value where a stock is counted; blank ones are not judged."""
    rows = subject.form.kpi
    if not rows:
        return Outcome("not_evaluated", _("未找到指标表。"))
    wrong = [row for row in rows if row.consistent is False]
    if wrong:
        detail = "；".join(f"“{row.name}”总目标{row.total:f}，阶段合计{row.computed_sum:f}" for row in wrong)
        return broken(rule, _("%(detail)s。请退回核对。", detail=detail), wrong[0].place)
    stock = [row for row in rows if row.aggregation == "cumulative"]
    if stock:
        note = _("%(names)s按累计口径填写，请人工确认。", names=_quoted([row.name for row in stock]))
        return Outcome("warn", note, stock[0].place)
    odd = [row for row in rows if _half_declined(row)]
    if odd:
        note = _(
            "%(names)s的总目标与阶段目标一处填“/”一处填数值，请人工确认。",
            names=_quoted([r.name for r in odd]),
        )
        return Outcome("warn", note, odd[0].place)
    return Outcome(
        "pass",
        _("填“/”的行和总目标为空的行不判断。") if any(r.total is None for r in rows) else _(""),
        subject.place("kpi", "kpi.1"),
    )


def _half_declined(row: KpiRow) -> bool:
    given = [value for value in row.stages if value is not None]
    stages_declined = all(is_not_committed(raw) for raw in row.raw_stages)
    return bool(given and is_not_committed(row.raw_total)) or bool(stages_declined and row.total is not None)


def goals_backed_by_indicators(subject: Subject, rule: FormalRule) -> Outcome:
    """For every goal committed to, the indicator that belongs to it has a value other than 0."""
    rows = {row.index: row for row in subject.form.kpi if row.index is not None}
    unbacked = [
        indicator
        for indicator in subject.call.indicators
        if indicator.goal in subject.form.goals and not _has_value(rows.get(indicator.index))
    ]
    if not unbacked:
        return Outcome("pass", place=subject.place("goals"))
    detail = "；".join(f"目标（{_numbers((i.goal or 0,))}）对应的“{i.name}”未承诺数值或为0" for i in unbacked)
    return broken(
        rule, _("%(detail)s。请向申报单位核实。", detail=detail), subject.place(f"kpi.{unbacked[0].index}")
    )


def _has_value(row: KpiRow | None) -> bool:
    return row is not None and any((*row.stages, row.total))


def listed_by_recommender(subject: Subject, rule: FormalRule) -> Outcome:
    """The recommender's table lists the applicant with the same contact and mobile."""
    table = subject.recommendation
    if table is None:
        return Outcome("not_evaluated", _("尚未收到推荐单位的附件1汇总表，收到后再核对。"))
    entry = next((entry for entry in table.entries if same(entry.unit, subject.form.lead)), None)
    own_table = _is_own_table(subject, table)
    if entry is None:
        if own_table is False:
            return Outcome("not_evaluated", _("所附汇总表不是该推荐单位的，收到其汇总表后再核对。"))
        return broken(
            rule, _("推荐单位的附件1汇总表未列入该单位。拟不予受理，请先向推荐单位核实，待会议决定。")
        )
    if own_table is False:
        return broken(
            rule,
            _(
                "该单位列在“%(other)s”的汇总表中，与封面推荐单位不同，请核实是否重复推荐。",
                other=table.recommender or "",
            ),
            entry.place,
        )
    faults = _differences(subject, entry, params(rule, "fields"))
    if faults:
        return broken(
            rule,
            _("与附件1不一致：%(faults)s。请先向推荐单位核实，待会议决定。", faults="；".join(faults)),
            entry.place,
        )
    return Outcome("pass", place=entry.place)


def _is_own_table(subject: Subject, table: Recommendation) -> bool | None:
    """Whether the table comes from the form's recommender; None when one of them gives no name."""
    named = subject.form.cover.recommender
    if not named or not table.recommender:
        return None
    left, right = fold(named), fold(table.recommender)
    if left in right or right in left:
        return True
    district = subject.form.district
    return bool(district and fold(district) in right)


def _differences(subject: Subject, entry: RecommendationEntry, fields: tuple[str, ...]) -> list[str]:
    contact = subject.form.unit.contact
    pairs = {
        "contact": ("联系人", contact.name, entry.contact),
        "mobile": ("手机", contact.mobile, entry.mobile),
    }
    compared = [pairs[name] for name in fields if name in pairs]
    return [
        f"{label}申报表为“{own or ''}”，附件1为“{theirs or ''}”"
        for label, own, theirs in compared
        if not same(own, theirs)
    ]


def received_before_deadline(subject: Subject, rule: FormalRule) -> Outcome:
    """The dossier came in time, by arrival or postmark; corrections have their own deadline."""
    received, call = subject.first_received_at, subject.call
    if received is None:
        return Outcome("not_evaluated", _("尚未登记报送时间，登记后再核对。"))
    local = received.astimezone(OFFICE_ZONE)
    shown = f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"
    standing = receipt_standing(received, call.deadline, by=call.receipt)
    if standing == "late":
        return broken(
            rule,
            _(
                "报送时间%(received)s，晚于截止日%(deadline)s。拟不予受理，待会议决定。",
                received=shown,
                deadline=call.deadline_label,
            ),
        )
    if standing == "on_time_flag_deadline_day":
        return Outcome("pass", _("报送时间%(received)s，为截止日当天。", received=shown))
    return Outcome("pass", _("报送时间%(received)s。", received=shown))


TERM_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            goals_at_least,
            goals_any_of,
            units_at_most,
            one_lead,
            stage_values_present,
            totals_present,
            totals_consistent,
            goals_backed_by_indicators,
            listed_by_recommender,
            received_before_deadline,
        )
    }
)
# What an applicant binds itself to: a warning here keeps a dossier from being plainly eligible.
CONFIRMED_TERMS = frozenset(
    check.__name__
    for check in (
        goals_at_least,
        goals_any_of,
        units_at_most,
        one_lead,
        stage_values_present,
        totals_present,
        totals_consistent,
    )
)
