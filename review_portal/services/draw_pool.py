"""What is locked for a draw: the pool under numbers, specialties, and who is excluded by which rule."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.clock import OFFICE_ZONE
from review_portal.db import db, now
from review_portal.domain import policy
from review_portal.domain.chinese_dates import range_text
from review_portal.domain.draw import Candidate, Exclusion
from review_portal.domain.employers import employer_key
from review_portal.domain.pinyin import sort_key
from review_portal.domain.policy import Viewer
from review_portal.domain.records import Absence
from review_portal.domain.register import ANY, STATUSES, days_named, specialties_of
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.draws import DrawNumber
from review_portal.models.experts import Expert
from review_portal.services import both_rounds, draw_panels, draw_state, recusals, scopes
from review_portal.services.experts.entries import absences_of
from review_portal.services.rules import rules_of

CONFLICT_RULE = "利害关系回避"
OFFICE_RULE = "经办人排除"
EARLIER_ROUND_RULE = "参加过前一轮评审"
OTHER_PANEL_RULE = "另一评审组专家"
# the rule of recusal as the record sheet names it: which unit it is about stays out of the sheet
RULE_WORDS = {
    "employer": "任职",
    "past_role": "曾任职",
    "control": "持股或控制",
    "cooperation": "近年合作",
    "relative": "亲属关系",
    "legal_representative": "与法定代表人的关系",
    "recommender": "推荐单位",
    "district": "区县主管部门",
    "record": "申报材料记载",
    "declaration": "本人申报",
}
RECORDED = "已登记回避"
STATUS_RULE = "专家库状态"
AWAY_RULE = "评审会期间不能参加"


@dataclass(frozen=True, slots=True)
class PoolLine:
    """Somebody of the register before the lock: `bound` of the call's dossiers call for recusal.

    `out`: why the register's state keeps him out, empty where it does not; `away`: days not over yet.
    """

    public_id: str
    name: str
    employer: str
    specialties: tuple[str, ...]
    bound: int
    undecided: int
    out: str
    away: tuple[Absence, ...]


@dataclass(frozen=True, slots=True)
class Specialty:
    """One that can be drawn from; `people` are those who stand near no dossier, `open` seats of a 补抽."""

    key: str
    people: int
    seats: int


@dataclass(frozen=True, slots=True)
class PoolView:
    """What the first step shows. `size` and `substitutes` are the scheme's; `supplement`: seats are open."""

    lines: tuple[PoolLine, ...]
    specialties: tuple[Specialty, ...]
    size: int
    substitutes: int
    dossiers: int
    per_employer_max: int
    supplement: bool


def view(viewer: Viewer, *, round_: str) -> PoolView:
    """The register as it would be locked now, for who locks it. Queries do not grow with rows.

    Raises `NotFound`, `NotAllowed`.
    """
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_run_call(viewer, row.call_id).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    panel = rules_of(call).panel
    bound, undecided, dossiers, _rules = _near(session, row)
    today = _today()
    away = absences_of(session)
    lines = tuple(
        PoolLine(
            expert.public_id,
            expert.name,
            expert.employer,
            specialties_of(expert.field),
            bound[expert.id],
            undecided[expert.id],
            _kept_out(expert),
            tuple(item for item in away.get(expert.id, ()) if item.last >= today),
        )
        for expert in _register(session)
    )
    found = draw_state.in_force(draw_state.of_round(session, row))
    vacant = draw_state.open_by_stratum(found)
    free = Counter(key for line in lines if not (line.bound or line.out) for key in line.specialties)
    free[ANY] = sum(not (line.bound or line.out) for line in lines)
    keys = sorted({key for line in lines for key in line.specialties}, key=sort_key)
    return PoolView(
        lines,
        tuple(Specialty(key, free[key], vacant.get(key, 0)) for key in (*keys, ANY)),
        panel.size,
        panel.substitutes,
        dossiers,
        panel.per_employer_max,
        bool(found),
    )


def _register(session: Session) -> list[Expert]:
    return list(
        session.scalars(
            sa.select(Expert).where(Expert.merged_into_id.is_(None)).order_by(Expert.name_key, Expert.id)
        )
    )


def _today() -> date:
    return now().astimezone(OFFICE_ZONE).date()


def _kept_out(expert: Expert) -> str:
    """Why the register's state keeps an expert out of the draw; empty where it does not."""
    if expert.status == "active":
        return ""
    return f"{STATUSES[expert.status]}：{expert.status_reason}"


def _away(session: Session, meeting: str) -> Mapping[int, Absence]:
    """Expert -> the days away that a day named in `meeting` falls into."""
    days = days_named(meeting, _today())
    return {
        expert: item
        for expert, absences in absences_of(session).items()
        for item in absences
        if any(item.first <= last and first <= item.last for first, last in days)
    }


def _near(
    session: Session, round_: Round
) -> tuple[Counter[int], Counter[int], int, Mapping[int, Collection[str]]]:
    """Expert -> dossiers of this call that bind, that wait for a decision; how many were compared; and
    expert -> the rules by which they bind, in words.
    """
    call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
    dossiers = session.scalars(
        sa.select(Dossier.id).where(
            Dossier.call_id == call.id, Dossier.state.not_in(("rejected", "withdrawn"))
        )
    ).all()
    experts = session.scalars(sa.select(Expert.id)).all()
    said = recusals.grounds(session, experts, dossiers, rules_of(call).recusal)
    pairs = {pair for pair, found in said.items() if found.binds} | set(recusals.recorded(session, call.id))
    bound = Counter(expert for expert, dossier in pairs if dossier in set(dossiers))
    undecided = Counter(
        pair[0] for pair, found in said.items() if found.level == "to_decide" and pair not in pairs
    )
    rules: dict[int, dict[str, None]] = {}
    for pair in sorted(pairs):
        found = said.get(pair)
        words = [RULE_WORDS.get(one.rule, RECORDED) for one in found.conflicts] if found else []
        rules.setdefault(pair[0], {}).update(dict.fromkeys(words or [RECORDED]))
    return bound, undecided, len(dossiers), {expert: list(words) for expert, words in rules.items()}


def locked_pool(
    session: Session,
    round_: Round,
    left_out: Mapping[str, str],
    *,
    leave_conflicts_out: bool,
    meeting: str = "",
) -> tuple[list[Candidate], list[Exclusion]]:
    """The whole register under its numbers, and the exclusions. `left_out`: public id -> reason.

    Out are also those whom the register's state keeps out, and those away on a day that `meeting` names.
    """
    people = _register(session)
    numbers = _numbered(session, round_.call_id, [expert.id for expert in people])
    bound, _undecided, _count, rules = _near(session, round_)
    employers = _employers(people)
    pool = [
        Candidate(
            numbers[expert.id],
            (*specialties_of(expert.field), ANY),
            numbers[employers[expert.id]] if expert.id in employers else None,
        )
        for expert in people
    ]
    out = [
        Exclusion(numbers[expert.id], OFFICE_RULE, left_out[expert.public_id].strip())
        for expert in people
        if left_out.get(expert.public_id, "").strip()
    ]
    out += [
        Exclusion(numbers[expert.id], STATUS_RULE, reason)
        for expert in people
        if (reason := _kept_out(expert))
    ]
    away = _away(session, meeting)
    out += [
        Exclusion(numbers[expert.id], AWAY_RULE, range_text(away[expert.id].first, away[expert.id].last))
        for expert in people
        if expert.id in away
    ]
    if leave_conflicts_out:
        out += [
            Exclusion(
                numbers[expert.id],
                CONFLICT_RULE,
                f"{'、'.join(rules[expert.id])}：与本批次{bound[expert.id]}份申报材料有须回避的利害关系",
            )
            for expert in people
            if bound[expert.id]
        ]
    out += [
        Exclusion(numbers[expert], OTHER_PANEL_RULE, "已在同一环节另一评审组，每位专家只参加一组")
        for expert in sorted(draw_panels.taken(session, round_) & numbers.keys())
    ]
    return pool, out + _of_earlier_rounds(session, round_, numbers)


def _of_earlier_rounds(session: Session, round_: Round, numbers: Mapping[int, str]) -> list[Exclusion]:
    """Who could not sit on the panel is not drawn for it."""
    call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
    if rules_of(call).panel.both_rounds != "forbid":
        return []
    return [
        Exclusion(numbers[expert], EARLIER_ROUND_RULE, "方案规定参加过前一轮评审的专家不再参加后一轮")
        for expert in sorted(both_rounds.earlier_members(session, round_))
    ]


def _employers(people: Collection[Expert]) -> dict[int, int]:
    """Expert -> who came first from the same employer, whose number stands for it: no name in it."""
    first: dict[str, int] = {}
    found: dict[int, int] = {}
    for expert in sorted(people, key=lambda one: one.id):
        key = employer_key(expert.employer)
        if key is not None:
            found[expert.id] = first.setdefault(key, expert.id)
    return found


def _numbered(session: Session, call_id: int, experts: Collection[int]) -> dict[int, str]:
    """Everybody's number in this call; who has none gets one at random."""
    held = {expert: number for number, expert in draw_state.numbers_of(session, call_id).items()}
    used, width = set(held.values()), max(4, len(str(len(experts))) + 2)
    for expert in sorted(set(experts) - held.keys()):
        number = _fresh(used, width)
        used.add(number)
        held[expert] = number
        session.add(DrawNumber(call_id=call_id, expert_id=expert, number=number))
    session.flush()
    return held


def _fresh(used: Collection[str], width: int) -> str:
    while True:
        number = f"{secrets.randbelow(9 * 10 ** (width - 1)) + 10 ** (width - 1)}"
        if number not in used:
            return number
