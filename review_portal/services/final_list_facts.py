"""What the final list is made of: whose places stand, which fell vacant, the facts that people fill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.exports import final_list_notice as export
from review_portal.exports.final_list_notice import FinalNotice
from review_portal.exports.publicity_notice import ListedUnit
from review_portal.models.calls import Call, Decision
from review_portal.models.dossiers import Dossier
from review_portal.models.final_lists import FinalList, ListChange, ListPaper
from review_portal.models.rankings import Ranking
from review_portal.services import publicity_facts
from scoring_rubrics import Call as Rules

STATES: Final = ("publicity", "listed", "void")  # where a final list may be worked on
SETTLE, CHANGE, FILL, RELEASE = "settle_list", "change_list", "fill_place", "release_change"
LIST_FIELDS: Final[Mapping[str, Message]] = {
    "list_number": mark("名单文号"),
    "issued_on": mark("印发日期"),
    "addressee": mark("主送单位"),
    "change_note": mark("变更说明"),
    "issuer": mark("组织单位"),
    "project_name": mark("项目名称"),
    "basis": mark("依据文件"),
    "call_title": mark("通知名称"),
    "document_number": mark("申报通知文号"),
    "steps": mark("评审程序"),
    "publicity_result": mark("公示情况"),
    "follow_up": mark("后续要求"),
    "contact_office": mark("联系处室"),
    "contact_phone": mark("联系电话"),
    "order_note": mark("名单次序说明"),
    "remedy": mark("异议和查询途径"),
}
CHANGE_FIELDS: Final[Mapping[str, Message]] = {
    "change_note": mark("变更说明"),
    "issued_on": mark("印发日期"),
    "working_days": mark("公示工作日数"),
    "issuer": mark("组织单位"),
    "project_name": mark("项目名称"),
    "basis": mark("依据文件"),
    "call_title": mark("通知名称"),
    "document_number": mark("申报通知文号"),
    "contact_office": mark("联系处室"),
    "contact_phone": mark("联系电话"),
    "contact_address": mark("地址"),
    "supervision_phone": mark("监督电话"),
    "order_note": mark("名单次序说明"),
}
OPTIONAL: Final = frozenset({"basis", "follow_up", "order_note"})
_OWN = ("list_number", "issued_on", "change_note")  # of one paper, never taken over by the next
_MAX, _LONG = 200, 600
LONG: Final = frozenset({"change_note", "follow_up", "remedy", "steps", "publicity_result"})


@dataclass(frozen=True, slots=True)
class Place:
    """A unit on the list; `newcomer` where a change put it there: in a vacant place, or (`later`) approved
    by a decision of its own after it had been put off.
    """

    dossier: str
    number: str
    unit: ListedUnit
    newcomer: bool = False
    later: bool = False


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A place that has fallen vacant, why, and the dossier that fills it ('' where it stays empty)."""

    dossier: str
    number: str
    unit: str
    cause: str
    filled_by: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """The decided places as they stand now; `changes` are those that count, in order."""

    decision: Decision
    ranking: Ranking
    listed: tuple[Place, ...]
    vacant: tuple[Vacancy, ...]
    changes: tuple[ListChange, ...]

    @property
    def units(self) -> tuple[ListedUnit, ...]:
        """The list as it prints."""
        return tuple(place.unit for place in self.listed)

    @property
    def known(self) -> set[str]:
        """Dossiers that are on the list or have left it."""
        return {place.dossier for place in self.listed} | {one.dossier for one in self.vacant}

    @property
    def upto(self) -> int:
        """The number of the last change; 0 before any."""
        return self.changes[-1].ordinal if self.changes else 0


def fields_of(kind: str) -> Mapping[str, Message]:
    """Names and labels of what is typed on a paper of this kind."""
    return LIST_FIELDS if kind == "list" else CHANGE_FIELDS


def places(session: Session, call: Call, rules: Rules) -> Places:
    """Whose places stand. Raises `Conflict` where nothing has been decided on the ranking. Six queries."""
    ranking = publicity_facts.ranking_of(session, call)
    decision = publicity_facts.decision_of(session, ranking)
    if decision is None:
        raise Conflict(mark("没有现行排名的会议审定结果，没有可以公布的名单。"))
    changes = tuple(
        session.scalars(
            sa.select(ListChange).where(ListChange.decision_id == decision.id).order_by(ListChange.ordinal)
        )
    )
    known = {
        row.id: row
        for row in session.execute(
            sa.select(Dossier.id, Dossier.public_id, Dossier.state, Dossier.district).where(
                Dossier.call_id == call.id
            )
        )
    }
    lines = {line["dossier"]: line for line in [*ranking.body["rows"], *ranking.body["outside"]]}
    gone, fills = _changed(changes, {key: row.public_id for key, row in known.items()})
    states = {row.public_id: row.state for row in known.values()}
    chosen = [*decision.selected, *(dossier for dossier in fills if dossier not in decision.selected)]
    for dossier in chosen:
        if states.get(dossier) != "eligible":
            gone.setdefault(dossier, "withdrawn")
    filled = {replaced: dossier for dossier, replaced in fills.items() if replaced and dossier not in gone}
    standing = [dossier for dossier in chosen if dossier not in gone]
    districts = {row.public_id: row.district for row in known.values()}
    ordered = in_order(lines, standing, districts, rules)
    return Places(
        decision,
        ranking,
        tuple(_place(lines[dossier], fills.get(dossier)) for dossier in ordered),
        tuple(
            Vacancy(
                dossier,
                lines[dossier]["number"],
                lines[dossier]["unit"],
                gone[dossier],
                filled.get(dossier, ""),
            )
            for dossier in chosen
            if dossier in gone
        ),
        changes,
    )


def _changed(changes: Iterable[ListChange], ids: Mapping[int, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Dossier -> why it is off the list, newcomer -> whose place it takes, empty for a later decision."""
    gone: dict[str, str] = {}
    fills: dict[str, str] = {}
    for change in changes:
        if change.dossier_id is None:
            continue
        dossier = ids[change.dossier_id]
        if change.kind == "fill":
            fills[dossier] = ids.get(change.replaces_id or 0, "")
        else:
            gone[dossier] = change.cause
    return gone, fills


def _place(line: Mapping[str, Any], replaced: str | None) -> Place:
    """`replaced`: whose place it took, empty where it took nobody's; None of a unit decided at first."""
    unit = ListedUnit(line["unit"], tuple(line["members"]), line["recommender"])
    return Place(line["dossier"], line["number"], unit, replaced is not None, replaced == "")


def in_order(
    lines: Mapping[str, Mapping[str, Any]],
    chosen: Iterable[str],
    districts: Mapping[str, str | None],
    rules: Rules,
) -> list[str]:
    """Dossiers as the list prints them: by rank, or in the official order of the recommending units."""
    standing = set(chosen)
    ranked = [dossier for dossier in lines if dossier in standing]
    if rules.publicity.order == "rank":
        return ranked
    place = {district.name: district.seq for district in rules.districts}
    last = len(place) + 1
    return sorted(ranked, key=lambda one: (place.get(districts.get(one) or "", last), lines[one]["number"]))


def list_digest(units: Iterable[ListedUnit]) -> str:
    """The check code of a list, as that of the publicity list is taken."""
    return canonical.digest([[unit.lead_unit, unit.members, unit.recommender] for unit in units])


def latest(session: Session, call_id: int) -> FinalList | None:
    """The newest version of the final list, None before there is one."""
    query = sa.select(FinalList).where(FinalList.call_id == call_id).order_by(FinalList.ordinal.desc())
    return session.scalars(query.limit(1)).first()


def paper(session: Session, call_id: int, kind: str, ordinal: int) -> ListPaper | None:
    """The paper of a version or change, None before it is drafted."""
    return session.scalars(
        sa.select(ListPaper).where(
            ListPaper.call_id == call_id, ListPaper.kind == kind, ListPaper.ordinal == ordinal
        )
    ).first()


def first_facts(session: Session, call: Call, rules: Rules, kind: str) -> dict[str, str]:
    """What a new paper takes over: from the list before it, the publicity notice, the rules; else empty."""
    found = dict.fromkeys(fields_of(kind), "")
    told = publicity_facts.draft_of(session, call)
    before = latest(session, call.id)
    known = {
        **publicity_facts.first_facts(rules),
        "publicity_result": "公示期满无未办结的异议",
        "remedy": rules.letters.remedy,
        **{name: text for name, text in (told.facts if told else {}).items() if text},
        **(before.facts if before else {}),
    }
    return {name: "" if name in _OWN else known.get(name, "") for name in found}


def cleaned(kind: str, facts: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """Facts as they are kept; names that were not sent stay as stored. Raises `Invalid` by field."""
    kept = {name: str(facts.get(name, stored.get(name, ""))).strip() for name in fields_of(kind)}
    faults: dict[str, Message] = {}
    for name, text in kept.items():
        most = _LONG if name in LONG else _MAX
        if len(text) > most:
            faults[name] = mark("最多%(most)s个字，请改短。", most=most)
    if kept["issued_on"] and day_of(kept["issued_on"]) is None:
        faults["issued_on"] = mark("请按2023-03-15的形式填写日期。")
    faults |= publicity_facts.days_faults(kept.get("working_days", ""))
    if faults:
        raise Invalid(mark("有%(n)s处须更正，未保存。", n=len(faults)), faults)
    return kept


def day_of(text: str) -> date | None:
    """A typed day, None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def list_notice(session: Session, call: Call, facts: Mapping[str, str], found: Places) -> FinalNotice:
    """The notice of the version that would be released now."""
    before = latest(session, call.id)
    kind = export.AGAIN if before else export.VACANT if call.state == "void" else export.FIRST
    return FinalNotice(
        kind,
        dict(facts),
        found.units,
        day_of(facts["issued_on"]),
        list_digest(found.units),
        (before.ordinal if before else 0) + 1,
        _citation(session, before) if before else ("", ""),
        changed_lines(before.units, found) if before else (),
    )


def released_notice(session: Session, row: FinalList) -> FinalNotice:
    """A version as two people released it, whatever has changed since."""
    before = session.scalars(
        sa.select(FinalList).where(FinalList.call_id == row.call_id, FinalList.ordinal == row.ordinal - 1)
    ).first()
    units = tuple(ListedUnit(lead, tuple(members), by) for _dossier, lead, members, by in row.units)
    state = session.scalar(sa.select(Call.state).where(Call.id == row.call_id))
    kind = export.AGAIN if before else export.VACANT if state == "void" else export.FIRST
    return FinalNotice(
        kind,
        dict(row.facts),
        units,
        row.issued_on,
        row.digest,
        row.ordinal,
        _citation(session, before) if before else ("", ""),
        _differences(before.units, row.units) if before else (),
    )


def _citation(session: Session, row: FinalList) -> tuple[str, str]:
    title = "".join(export.wording(released_notice(session, row)).title)
    return title, row.number


def changed_lines(before: Iterable[Any], found: Places) -> tuple[str, ...]:
    """What a new version changes against the one before, in sentences without a full stop."""
    now = [[place.dossier, place.unit.lead_unit] for place in found.listed]
    return _differences(before, now)


def _differences(before: Iterable[Any], now: Iterable[Any]) -> tuple[str, ...]:
    old = {line[0]: line[1] for line in before}
    new = {line[0]: line[1] for line in now}
    off = [name for dossier, name in old.items() if dossier not in new]
    on = [name for dossier, name in new.items() if dossier not in old]
    said = [("不再列入名单的单位：", off), ("新列入名单的单位：", on)]
    return tuple(f"{head}{'、'.join(names)}" for head, names in said if names)
