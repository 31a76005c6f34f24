"""A round as the chair sees it once unsealed: totals by dossier and code, and what stands out in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember, Recusal
from review_portal.models.recusals import conflict_found, standing_at, undecided
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services import comment_flags, expert_flags, flags, scopes
from review_portal.services.expert_flags import ExpertFlags
from review_portal.services.flags import OWN
from review_portal.services.points import totals_of
from review_portal.services.rules import rules_of
from scoring_rubrics import Rule, Triggers

if TYPE_CHECKING:
    from review_portal.aggregator import Ratings, RoundRow


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that stands out by the triggers frozen with the round. `code` is "" where it is the dossier.

    `asked` says that a case was opened about it, `figures` are what a case keeps beside the sheet's own.
    """

    kind: str
    code: str
    reason: Message
    asked: bool
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A dossier's totals by expert code; `absent` says why a cell is empty (recused, missed, void, apart).

    Nothing stands in `absent` until reconciliation has ended: who knows who was recused, and the panel does,
    would read from it whose code is whose. `around`: what stands out in all that its experts have scored.
    """

    dossier: str
    number: str
    unit: str
    totals: Mapping[str, Decimal]
    absent: Mapping[str, str]
    mean: Decimal | None
    spread: Decimal | None
    flags: tuple[Flag, ...]
    around: tuple[Flag, ...] = ()

    def triggers_on(self, code: str, asked: str = OWN) -> tuple[str, ...]:
        """Kinds of flags that fire on this expert's sheet, the one that was `asked` first; empty: none does.

        A range concerns the whole dossier, severity and noise all that the expert has scored: by itself each
        stands behind a case only where it is what was asked.
        """
        fires = [flag.kind for flag in (*self.flags, *self.around) if flag.code in (code, "")]
        if asked in fires:
            fires.remove(asked)
            return (asked, *fires)
        return tuple(fires) if any(flag.code == code for flag in self.flags) else ()

    def figures_on(self, code: str) -> dict[str, Any]:
        """What a case on this expert's sheet keeps of its flags beside total, mean and range."""
        return {
            key: value
            for flag in (*self.flags, *self.around)
            if flag.code == code
            for key, value in flag.figures.items()
        }

    def farthest(self) -> str:
        """The code whose total lies farthest from the mean: whom a range asks first."""
        mean = self.mean or Decimal(0)
        return max(self.totals, key=lambda code: (abs(self.totals[code] - mean), code))


@dataclass(frozen=True, slots=True)
class Overview:
    """The heat map's data: columns are codes, never names; no rank, no cut.

    `experts`: flags on all that an expert has scored; `unsaid`: what was not looked at, and why.
    `withdrawn`: number and unit of the dossiers that were assigned and have left; their points are not read.
    """

    codes: tuple[str, ...]
    rows: tuple[OverviewRow, ...]
    experts: tuple[Flag, ...]
    unsaid: tuple[Message, ...]
    withdrawn: tuple[tuple[str, str], ...]

    def unasked(self) -> list[tuple[OverviewRow, Flag]]:
        """Flags about which no case was opened; those on an expert as a whole stand beside no dossier."""
        everything = OverviewRow("", "", "各份材料", {}, {}, None, None, ())
        return [(row, flag) for row in self.rows for flag in row.flags if not flag.asked] + [
            (everything, flag) for flag in self.experts if not flag.asked
        ]


def overview(viewer: Viewer, *, round_: str) -> Overview:
    """Totals, spread and flags after unsealing. Raises `NotFound`, `NotAllowed` before it."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return overview_of(db.session(), row, call)


def overview_of(session: Session, row: Round, call: Call) -> Overview:
    """The overview inside a caller's transaction; a fixed number of queries.

    Raises `Conflict` while the round is sealed.
    """
    rules = rules_of(call)
    ratings = totals_of(session, row, rules)
    scored = _scored(ratings, rules.triggers)
    asked = _asked(session, row)
    said = comment_flags.contradictions(session, row, rules)
    looked = expert_flags.standing_out(ratings, rules.triggers)
    experts = _expert_flags(looked, asked)
    units, absent, codes = _cells(session, row)
    told = row.state == "finished"
    rows = []
    for number, (dossier, unit) in units.items():
        found = scored.get(number)
        totals = found.totals if found else {}
        wrote = {code: said[number, code] for code in totals if (number, code) in said}
        rows.append(
            OverviewRow(
                dossier,
                number,
                unit,
                totals,
                absent.get(number, {}) if told else {},
                found.mean if found else None,
                found.range if found else None,
                _flags(found, wrote, rules.triggers, asked.get(number, ())),
                tuple(flag for flag in experts if flag.code in totals),
            )
        )
    return Overview(codes, tuple(rows), experts, looked.unsaid, _withdrawn(session, row))


def _scored(ratings: Ratings, triggers: Triggers) -> dict[str, RoundRow]:
    """By dossier number: totals, mean, range and what deviates, computed by the aggregator."""
    from review_portal.aggregator import score_round

    if not ratings.sheet_dossier.size:
        return {}
    result = score_round(
        ratings,
        Rule(),
        deviation_percent=triggers.deviation_percent,
        range_points=triggers.range_points,
        beside=False,
    )
    return {item.dossier: item for item in result.rows()}


def _cells(
    session: Session, row: Round
) -> tuple[dict[str, tuple[str, str]], dict[str, dict[str, str]], tuple[str, ...]]:
    """By dossier number: its public id and unit; by number and code why a cell is empty; all codes."""
    units: dict[str, tuple[str, str]] = {}
    absent: dict[str, dict[str, str]] = {}
    codes: set[str] = set()
    for number, public_id, unit, code, state in session.execute(
        sa.select(Dossier.number, Dossier.public_id, Dossier.unit_name, PanelMember.code, Review.state)
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.round_id == row.id, Dossier.state == "eligible", Review.state != "void")
        .order_by(Dossier.number, PanelMember.code)
    ):
        units[number] = (public_id, unit)
        codes.add(code or "")
        if state != "submitted":
            absent.setdefault(number, {})[code or ""] = state
    for number, code in _recused(session, row):
        absent.setdefault(number, {})[code] = "recused"
    for (number, code), word in _doubted(session, row).items():
        absent.setdefault(number, {})[code] = word
    return units, absent, tuple(sorted(codes.union(*absent.values())))


def _recused(session: Session, row: Round) -> set[tuple[str, str]]:
    """Number and code of each recusal that keeps a panel member from a dossier."""
    found = session.execute(
        sa.select(Dossier.number, PanelMember.code)
        .select_from(Recusal)
        .join(Dossier, Dossier.id == Recusal.dossier_id)
        .join(PanelMember, PanelMember.expert_id == Recusal.expert_id)
        .where(PanelMember.round_id == row.id, Recusal.call_id == row.call_id, standing_at(row.opened_at))
    )
    return {(number, code or "") for number, code in found}


def _doubted(session: Session, row: Round) -> dict[tuple[str, str], str]:
    """By dossier number and code: sheets that a conflict keeps apart until it is decided, and void ones."""
    found: dict[tuple[str, str], str] = {}
    for number, code, state in session.execute(
        sa.select(Dossier.number, PanelMember.code, Review.state)
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(
            Review.round_id == row.id,
            undecided() | (conflict_found() & (Review.state == "void")),
        )
    ):
        found[number, code or ""] = "void" if state == "void" else "apart"
    return found


def _withdrawn(session: Session, row: Round) -> tuple[tuple[str, str], ...]:
    found = session.execute(
        sa.select(Dossier.number, Dossier.unit_name)
        .join(Review, Review.dossier_id == Dossier.id)
        .where(Review.round_id == row.id, Dossier.state == "withdrawn")
        .distinct()
        .order_by(Dossier.number)
    )
    return tuple((number, unit) for number, unit in found)


def _asked(session: Session, row: Round) -> dict[str, list[tuple[str, str]]]:
    """By dossier number: expert code and kind of every flag that a case was opened about."""
    found: dict[str, list[tuple[str, str]]] = {}
    for number, code, kept in session.execute(
        sa.select(Dossier.number, PanelMember.code, ReconciliationCase.figures)
        .select_from(ReconciliationCase)
        .join(Review, Review.id == ReconciliationCase.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(
            ReconciliationCase.round_id == row.id,
            ReconciliationCase.state.not_in(("refused", "withdrawn")),  # nobody was asked by them
        )
    ):
        found.setdefault(number, []).extend((code or "", kind) for kind in kept["kinds"] or [OWN])
    return found


def _expert_flags(looked: ExpertFlags, asked: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[Flag, ...]:
    """What stands out in all that an expert has scored; asked about by a case that names it."""
    about = {case for cases in asked.values() for case in cases}
    return tuple(
        Flag(kind, code, flags.reason(kind, code, {kind: found}), (code, kind) in about, {kind: found})
        for code, kind, found in looked.found
    )


def _flags(
    found: RoundRow | None,
    wrote: Mapping[str, Sequence[Mapping[str, str]]],
    triggers: Triggers,
    asked: Sequence[tuple[str, str]],
) -> tuple[Flag, ...]:
    """Deviations, the range, contradictions; any case on the sheet asks about what its expert did."""
    if found is None:
        return ()
    codes, kinds = {code for code, _kind in asked}, {kind for _code, kind in asked}
    rows = []
    for code in found.outliers:
        shown = flags.figures(found.totals[code], found.mean, found.range, triggers)
        rows.append(Flag("deviation", code, flags.reason("deviation", code, shown), code in codes))
    if found.range_exceeded:
        shown = flags.figures(None, found.mean, found.range, triggers)
        rows.append(Flag("range", "", flags.reason("range", "", shown), "range" in kinds))
    for code, items in wrote.items():
        kept = {"contradiction": list(items)}
        reason = flags.reason("contradiction", code, kept)
        rows.append(Flag("contradiction", code, reason, code in codes, kept))
    return tuple(rows)
