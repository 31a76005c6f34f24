"""What a publicity notice is made of: facts that people fill, the list that follows the decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.exports.publicity_notice import ListedUnit, Notice
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Decision
from review_portal.models.dossiers import Dossier
from review_portal.models.publicity import NoticeDraft
from review_portal.models.rankings import Ranking
from review_portal.services import office_calendar, office_fact_views, ranking_versions, reexamination_state
from review_portal.services.decision_facts import decidable
from scoring_rubrics import Call as Rules

DRAFT_STATES = ("ranked", "decided", "void")  # void: 本批次空缺, which is told as well
RELEASE = "release_notice"
# labels as `Notice.missing` says them, so that a missing fact leads to its field
FIELDS: dict[str, Message] = {
    "issuer": mark("组织单位"),
    "project_name": mark("项目名称"),
    "basis": mark("依据文件"),
    "call_title": mark("通知名称"),
    "document_number": mark("文号"),
    "steps": mark("评审程序"),
    "quota_text": mark("遴选数量"),
    "published_on": mark("发布日期"),
    "working_days": mark("公示工作日数"),
    "contact_office": mark("联系处室"),
    "contact_phone": mark("联系电话"),
    "contact_address": mark("地址"),
    "contact_email": mark("电子邮箱"),
    "supervision_phone": mark("监督电话"),
    "order_note": mark("名单次序说明"),
    "list_order": mark("名单次序"),
    "order_reason": mark("改变名单次序的理由"),
}
ORDERS: dict[str, Message] = {"rank": mark("按排名"), "district": mark("按推荐单位次序，排名不分先后")}
REASON_MIN, REASON_MAX = 4, 200
_MAX = 200
_TEXT_MAX = 600
_DAYS_MAX = 60
_ORDER_NOTES = {"rank": "按评审排名排列", "district": "排名不分先后"}


def first_facts(rules: Rules) -> dict[str, str]:
    """The facts that the call's rules give; the others are empty and print as 【待填】."""
    title = f"{rules.issuer}{rules.title}" if rules.title.startswith("关于") else rules.title
    steps = ("自愿申报", "组织推荐", "形式审查", *(stage.name for stage in rules.scored_stages), "会议审定")
    known = {
        "issuer": rules.issuer,
        "project_name": rules.short_title,
        "basis": f"{rules.legal_basis}文件" if rules.legal_basis else "",
        "call_title": title,
        "document_number": rules.document_number,
        "steps": "、".join(steps),
        "quota_text": f"{rules.quota}个左右",
        "working_days": str(rules.publicity.working_days),
        "order_note": _ORDER_NOTES[rules.publicity.order],
        "list_order": rules.publicity.order,
    }
    return {name: known.get(name, "") for name in FIELDS}


def drafted_facts(session: Session, call: Call, rules: Rules) -> dict[str, str]:
    """What a first draft says: the call's rules, and what the office has filled in once for all papers."""
    office = office_fact_views.facts_of(session, call)
    return {name: office.get(name) or text for name, text in first_facts(rules).items()}


def cleaned(facts: Mapping[str, str], stored: Mapping[str, str], rules: Rules) -> dict[str, str]:
    """Facts as they are kept; names that were not sent stay as stored. Raises `Invalid` by field."""
    kept = {name: str(facts.get(name, stored.get(name, ""))).strip() for name in FIELDS}
    faults = {
        name: mark("最多%(most)s个字，请改短。", most=_MAX) for name, text in kept.items() if len(text) > _MAX
    }
    day, days = kept["published_on"], kept["working_days"]
    if day and _day(day) is None:
        faults["published_on"] = mark("请按2023-03-15的形式填写日期。")
    faults |= days_faults(days) | _order_faults(kept, rules)
    if not faults:
        try:
            _period(kept, rules)
        except Invalid as problem:  # a year whose holidays are not announced yet
            faults["published_on"] = problem.message
    if faults:
        raise Invalid(mark("有%(n)s处须更正，未保存。", n=len(faults)), faults)
    return kept


def days_faults(days: str) -> dict[str, Message]:
    """What is wrong with a typed number of working days; nothing typed is not wrong yet."""
    few = days.isascii() and days.isdigit() and len(days) <= len(str(_DAYS_MAX))
    if not days or (few and 1 <= int(days) <= _DAYS_MAX):
        return {}
    return {"working_days": mark("请填写1至%(most)s之间的整数。", most=_DAYS_MAX)}


def _order_faults(kept: Mapping[str, str], rules: Rules) -> dict[str, Message]:
    """Another order than the rule's takes a reason that stands in the record."""
    if kept["list_order"] not in ORDERS:
        return {"list_order": mark("请选择名单次序。")}
    if kept["list_order"] != rules.publicity.order and len(kept["order_reason"]) < REASON_MIN:
        return {"order_reason": mark("名单次序与规则不同，请写明理由，不少于%(least)s字。", least=REASON_MIN)}
    return {}


def cleaned_texts(
    texts: Mapping[str, Sequence[str]], stored: Mapping[str, Sequence[str]], drafted: Mapping[str, str]
) -> dict[str, list[str]]:
    """Sentences that a person has put otherwise; parts that were not sent stay as stored.

    Of each the text, the reason, and why it may leave out what it has lost, empty where it may not. One that
    reads as drafted is no edit any more. Raises `Invalid` by field, `text-…`, `reason-…` and `excuse-…`.
    """
    kept = {part: list(words[:3]) for part, words in stored.items()}
    faults: dict[str, Message] = {}
    for part, (text, reason, *more) in texts.items():
        said, why, excuse = " ".join(text.split()), reason.strip(), "".join(more).strip()
        if said == drafted[part]:
            kept.pop(part, None)
            continue
        kept[part] = [said, why, excuse]
        if excuse and not REASON_MIN <= len(excuse) <= REASON_MAX:
            faults[f"excuse-{part}"] = mark(
                "请写明不补回的理由，%(least)s至%(most)s字。", least=REASON_MIN, most=REASON_MAX
            )
        if len(said) > _TEXT_MAX:
            faults[f"text-{part}"] = mark("最多%(most)s个字，请改短。", most=_TEXT_MAX)
        if not REASON_MIN <= len(why) <= REASON_MAX:
            faults[f"reason-{part}"] = mark(
                "请写明改动的理由，%(least)s至%(most)s字。", least=REASON_MIN, most=REASON_MAX
            )
    if faults:
        raise Invalid(mark("有%(n)s处须更正，未保存。", n=len(faults)), faults)
    return kept


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _period(facts: Mapping[str, str], rules: Rules) -> tuple[date | None, date | None]:
    """First and last day of publicity; None while the day of publication or the length is missing."""
    published, days = _day(facts["published_on"]), facts["working_days"]
    if published is None or not days:
        return None, None
    calendar, counted = office_calendar.calendar(), rules.publicity.count_start
    first = calendar.period_end(published, 1, count_start=counted)
    return first, calendar.period_end(published, int(days), count_start=counted)


def notice_of(
    facts: Mapping[str, str],
    units: tuple[ListedUnit, ...],
    rules: Rules,
    texts: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Notice:
    """The notice that these facts and units make, with the sentences that a person has put otherwise."""
    first, last = _period(facts, rules)

    def fact(name: str) -> str | None:
        return facts[name] or None

    return Notice(
        issuer=fact("issuer"),
        project_name=fact("project_name"),
        call_title=fact("call_title"),
        document_number=fact("document_number"),
        steps=tuple(step for step in facts["steps"].split("、") if step),
        units=units,
        first_day=first,
        last_day=last,
        working_days=int(facts["working_days"]) if facts["working_days"] else None,
        issued_on=_day(facts["published_on"]),
        contact_office=fact("contact_office"),
        contact_phone=fact("contact_phone"),
        contact_address=fact("contact_address"),
        supervision_phone=fact("supervision_phone"),
        contact_email=facts["contact_email"],
        basis=facts["basis"],
        quota_text=facts["quota_text"],
        order_note=facts["order_note"],
        list_digest=canonical.digest([[unit.lead_unit, unit.members, unit.recommender] for unit in units]),
        texts={part: words[0] for part, words in texts.items()},
        template=rules.publicity.template,
    )


def ranking_of(session: Session, call: Call) -> Ranking:
    """The frozen ranking that the list follows. Raises `Conflict` while there is none."""
    found = decidable(session, call)
    if found is None:
        raise Conflict(mark("排名冻结后方可生成公示稿。"))
    return found


def decision_of(session: Session, ranking: Ranking) -> Decision | None:
    """The newest decision that did not put the matter off and still rests on this ranking's list: a later
    version that lists the same leaves it standing.
    """
    query = sa.select(Decision).where(Decision.call_id == ranking.call_id, Decision.outcome != "deferred")
    found: Decision | None = session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()
    if found is None or not ranking_versions.still_rests(session, found.ranking_id, found.selected):
        return None
    return found


def listed_units(session: Session, call: Call, rules: Rules, order: str) -> tuple[ListedUnit, ...]:
    """The units of the list in this order: those decided, before that those the frozen ranking proposes.

    A unit that has withdrawn since leaves its place empty. Three queries.
    """
    ranking = ranking_of(session, call)
    body, decision = ranking.body, decision_of(session, ranking)
    lines = [*body["rows"], *body["outside"]]
    chosen = (
        set(decision.selected)
        if decision is not None
        else {line["dossier"] for line in lines if line.get("outcome") == "proposed"}
    )
    rows = session.execute(
        sa.select(Dossier.public_id, Dossier.district).where(
            Dossier.call_id == call.id, Dossier.state == "eligible"
        )
    )
    districts: dict[str, str | None] = {public_id: district for public_id, district in rows}  # noqa: C416
    listed = [line for line in lines if line["dossier"] in chosen and line["dossier"] in districts]
    if order == "district":
        listed = _by_district(listed, districts, rules)
    return tuple(ListedUnit(line["unit"], tuple(line["members"]), line["recommender"]) for line in listed)


def is_outdated(session: Session, found: NoticeDraft, call: Call) -> bool:
    """Whether the draft is of a list that a later version of the ranking has taken away."""
    if not ranking_versions.still_rests(session, found.ranking_id):
        return True
    request = request_of(session, found)
    return request is not None and request.outcome == "approved" and call.state in DRAFT_STATES


def refuse_outdated(session: Session, found: NoticeDraft, call: Call) -> None:
    """Raise `Conflict` while an objection is looked into, and where another list has come of one."""
    reexamination_state.refuse_running(session, call.id)
    if not is_outdated(session, found, call):
        return
    raise Conflict(
        mark(
            "公示稿依据第%(n)s版排名，异议复核后排名名单已改变。请按新的会议审定结果重新生成公示稿。",
            n=ranking_versions.version_of(session, found.ranking_id),
        )
    )


def _by_district(
    lines: Iterable[Mapping[str, Any]], districts: Mapping[str, str | None], rules: Rules
) -> list[Mapping[str, Any]]:
    """Official order of the recommending units, then the dossiers' numbers: it tells nothing of ranks."""
    place = {district.name: district.seq for district in rules.districts}
    last = len(place) + 1
    return sorted(lines, key=lambda line: (place.get(districts[line["dossier"]] or "", last), line["number"]))


def draft_of(session: Session, call: Call) -> NoticeDraft | None:
    """The call's draft, None before there is one."""
    query = sa.select(NoticeDraft).where(NoticeDraft.call_id == call.id).order_by(NoticeDraft.id.desc())
    return session.scalars(query.limit(1)).first()


def request_of(session: Session, found: NoticeDraft) -> Approval | None:
    """The latest request to release this draft."""
    query = sa.select(Approval).where(Approval.action == RELEASE, Approval.object_id == found.public_id)
    return session.scalars(query.order_by(Approval.id.desc()).limit(1)).first()


def released(request: Approval, rules: Rules) -> Notice:
    """The notice as two people agreed to it, whatever has changed since (its days with the calendar too)."""
    told = request.payload
    units = tuple(ListedUnit(lead, tuple(members), by) for lead, members, by in told["units"])
    first, last = (day and date.fromisoformat(day) for day in told["period"])
    notice = notice_of(told["facts"], units, rules, told["texts"])
    return replace(notice, first_day=first, last_day=last)
