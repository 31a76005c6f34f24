"""Proposing an assignment, showing what it would change, and putting it into force as it was shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import assignment_table as paper
from review_portal.intake import assignment_table as typed
from review_portal.models.calls import Call, Round
from review_portal.models.reviews import Review
from review_portal.services import (
    assignment_input,
    assignment_rows,
    assignment_solving,
    audit,
    draw_names,
    recusals,
    scopes,
)
from review_portal.services.assignment_changes import Preview, compared
from review_portal.services.assignment_input import Input, Names, Place
from review_portal.services.assignment_solving import Wish, given, links, solved

if TYPE_CHECKING:
    from review_portal.assignment.links import Links

SMALL_PANEL: Final = 15  # experts and
FEW_PAPERS: Final = (
    40  # dossiers up to which everybody can be asked to score everything: an office's judgement
)


@dataclass(frozen=True, slots=True)
class Start:
    """What the page offers before anything is asked: the usual wish, and why."""

    wish: Wish
    why: Message
    experts: tuple[tuple[str, str], ...]  # public id, label
    papers: int
    specialties: Mapping[str, int]
    now: Links | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What putting a plan into force changed."""

    added: int
    removed: int


def _read(viewer: Viewer, round_: str) -> tuple[Session, Input]:
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_run_call(viewer, row.call_id).require()
    draw_names.refuse_hidden(session, viewer, row)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return session, assignment_input.load(session, row, call)


def start(viewer: Viewer, *, round_: str) -> Start:
    """The usual wish for this round and the reason for it. Raises `NotFound`, `NotAllowed`."""
    _session, found = _read(viewer, round_)
    experts, papers = len(found.experts), len(found.papers)
    tight = [expert.label for expert in found.experts if expert.limit is not None and expert.limit < papers]
    small = experts <= SMALL_PANEL and papers <= FEW_PAPERS and not tight
    wish = Wish(
        everybody=small,
        per_dossier=_usual_count(found),
        one_per_employer=found.rules.panel.per_employer_max == 1,
    )
    return Start(
        wish,
        _why(small, tight, experts, papers),
        tuple((expert.public_id, expert.label) for expert in found.experts),
        papers,
        assignment_solving.specialties(found),
        links(found, found.held.keys()),
    )


def _usual_count(found: Input) -> int:
    """The scheme's least panel, odd where it asks for that, and not more than there are experts."""
    count = max(min(found.rules.panel.minimum, len(found.experts)), 1)
    return count - 1 if found.rules.panel.odd and count % 2 == 0 else count


def _why(small: bool, tight: Sequence[str], experts: int, papers: int) -> Message:
    if tight:
        return mark(
            "%(names)s在专家库登记的评审份数上限少于本轮材料（%(papers)s份），建议每份材料由部分专家评审，"
            "方案不超过各人的上限。",
            names="、".join(tight),
            papers=papers,
        )
    if small:
        return mark(
            "建议全体专家评审全部材料（回避的除外）：专家%(experts)s人、材料%(papers)s份，每人至多评%(papers)s份，"
            "评得过来；人人评同一批材料，宽严不同不影响比较，只有回避留下的空缺需要校准。",
            experts=experts,
            papers=papers,
        )
    return mark(
        "专家%(experts)s人、材料%(papers)s份，全体专家评审全部材料共%(all)s份次，建议每份材料由部分专家评审，"
        "并保持全部材料相互连通。",
        experts=experts,
        papers=papers,
        all=experts * papers,
    )


def preview(viewer: Viewer, *, round_: str, wish: Wish) -> Preview:
    """The plan for a wish and what it would change; writes nothing.

    Raises `Invalid` with the diagnosis in `fields` where no plan fits, `NotInstalled` where this size needs
    the extra, `NotFound`, `NotAllowed`.
    """
    session, found = _read(viewer, round_)
    return compared(found, solved(session, found, wish))


def table(viewer: Viewer, *, round_: str, wish: Wish | None) -> bytes:
    """The plan for a wish, or without one what is assigned now, as CSV for a spreadsheet."""
    session, found = _read(viewer, round_)
    places = found.held.keys() if wish is None else solved(session, found, wish).places
    rows = [(found.experts[e], found.papers[d]) for e, d in sorted(places, key=lambda pair: pair[::-1])]
    return paper.write(
        [
            paper.Line(item.number, item.unit, expert.public_id, expert.name, expert.employer)
            for expert, item in rows
        ]
    )


def read_table(viewer: Viewer, *, round_: str, name: str, data: bytes) -> Preview:
    """An edited table as a plan: all of it or nothing. Raises `Invalid` with every fault and its line."""
    _session, found = _read(viewer, round_)
    rows = typed.read(
        data,
        name,
        experts={expert.public_id: expert.name for expert in found.experts},
        dossiers={item.number: item.unit for item in found.papers},
    )
    expert_of = {expert.public_id: place for place, expert in enumerate(found.experts)}
    paper_of = {item.number: place for place, item in enumerate(found.papers)}
    places = {row.place: (expert_of[row.expert], paper_of[row.number]) for row in rows}
    faults = {where: fault for where, pair in places.items() if (fault := _barred(found, pair))}
    for e, d in sorted(found.begun - set(places.values())):
        words = mark("专家已开始评审，不能取消。请补回这一行。")
        faults[f"{found.experts[e].label} {found.papers[d].number}"] = words
    if faults:
        raise Invalid(typed.refusal(len(faults)), faults)
    return compared(found, given(places.values()))


def _barred(found: Input, place: Place) -> Message | None:
    """Why a pair may not be assigned; None where it may."""
    if place in found.begun:
        return None
    if place in found.apart:
        return mark("专家须回避：%(why)s。", why=found.apart[place][0])
    if place in found.undecided:
        return mark("利害关系须先核实：%(why)s。请在分派页核实后再分派。", why=found.undecided[place][0])
    return None


def apply(actor: Viewer, *, round_: str, pairs: Sequence[Names], digest: str) -> Applied:
    """Put a plan into force as it was shown: all of it, in one transaction.

    Raises `Conflict` when the round has changed since the preview (`digest`) or somebody who has begun would
    lose a sheet, `Invalid` on a pair that must be kept apart.
    """
    with transaction() as session:
        row, call = assignment_rows.draft_round(session, actor, round_)
        found = assignment_input.load(session, row, call)
        if found.digest != digest:
            raise Conflict(mark("预览以后，专家组、材料、回避或分派已有变化，未作任何改动。请重新预览。"))
        wanted = set(found.places(pairs))
        _refuse_barred(found, wanted)
        held = set(found.held)
        if found.begun - wanted:
            raise Conflict(mark("有专家已开始评审，其分派不能取消，未作任何改动。请重新预览。"))
        added, removed = sorted(wanted - held), sorted(held - wanted)
        _write(session, actor, row, call, found, added, removed)
        audit.record(
            session,
            actor,
            "apply_plan",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={
                "assigned": [list(pair) for pair in found.names(added)],
                "pairs": [list(pair) for pair in found.names(removed)],
                "kept": len(wanted & held),
                "input": digest,
            },
        )
        return Applied(len(added), len(removed))


def _refuse_barred(found: Input, wanted: Collection[Place]) -> None:
    faults = {
        f"{found.experts[e].label} {found.papers[d].number}": fault
        for e, d in sorted(wanted)
        if (fault := _barred(found, (e, d)))
    }
    if faults:
        raise Invalid(mark("有%(n)s项不能分派，未作任何改动。", n=len(faults)), faults)


def _write(
    session: Session,
    actor: Viewer,
    row: Round,
    call: Call,
    found: Input,
    added: Sequence[Place],
    removed: Sequence[Place],
) -> None:
    """Sheets come and go; every recusal that the rules find is recorded, as with every assignment."""
    names = assignment_rows.names_of(session, row)
    assignment_rows.follow_versions(session, row, names)
    standing = recusals.recorded(session, call.id)
    said = recusals.grounds(session, list(names.experts), list(names.dossiers), found.rules.recusal)
    for pair, grounds in said.items():
        if grounds.binds and pair not in standing:
            assignment_rows.recuse(session, actor, call.id, pair, grounds)
    for e, d in removed:
        session.execute(
            sa.delete(Review).where(
                Review.round_id == row.id,
                Review.expert_id == found.experts[e].id,
                Review.dossier_id == found.papers[d].id,
                Review.state == "assigned",
            )
        )
    assignment_rows.add_reviews(
        session, actor, row, names, [(found.experts[e].id, found.papers[d].id) for e, d in added]
    )
