"""Where the originals of signed papers are, and which of them a step still waits for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import docx_content
from review_portal.models.calls import Call
from review_portal.models.signatures import STEPS, SignatureEvent, SignatureWaiver
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import Paper
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules
from scoring_rubrics import SignatureGate

Key = tuple[str, str, int]
# Whoever freezes or releases need not be one who may read every paper: the register is the office's.
READER: Final = Viewer(0, "", "", frozenset({("supervisor", None)}))
# The archive keeps the scan beside the original; before it the original in the hand is enough.
_ENOUGH: Final[Mapping[str, tuple[str, ...]]] = {
    "freeze": ("returned", "scanned"),
    "publicity": ("returned", "scanned"),
    "archive": ("scanned",),
}
_WANTED: Final[Mapping[str, Message]] = {
    "freeze": mark("冻结排名前还缺%(n)s份签字原件：%(papers)s。请秘书处在签字件登记中登记收回或写明理由。"),
    "publicity": mark(
        "发布公示前还缺%(n)s份签字原件：%(papers)s。请秘书处在签字件登记中登记收回或写明理由。"
    ),
    "archive": mark("归档前还缺%(n)s份签字件的扫描件：%(papers)s。请秘书处在签字件登记中登记或写明理由。"),
}
_TOLD = 5  # names in a sentence; the register lists them all


@dataclass(frozen=True, slots=True)
class Standing:
    """A paper to be signed and its steps since it was last begun anew; `step` is the furthest of them."""

    paper: Paper
    gate: SignatureGate
    events: tuple[SignatureEvent, ...]

    @property
    def step(self) -> str | None:
        """None before it is printed."""
        steps = [event.step for event in self.events if event.step != "annulled"]
        return max(steps, key=STEPS.index) if steps else None

    @property
    def signed_digest(self) -> str | None:
        """Check code of what was printed for signature; None before it was."""
        return self.events[0].digest if self.events else None


def standings(session: Session, viewer: Viewer, call: Call) -> list[Standing]:
    """Every paper that some step waits for, the newest edition of each, in the papers' order."""
    rules = rules_of(call)
    asked = [paper for paper in catalogue.listed(viewer, call, kinds=rules.signatures.all) if paper.signed_by]
    events = _events(session, call)
    return [
        Standing(paper, _gate(rules, paper), _current(events.get(paper.key, ()))) for paper in _newest(asked)
    ]


def _newest(papers: Iterable[Paper]) -> list[Paper]:
    """Of several editions of one thing the last: the ones before it are not signed any more."""
    newest: dict[tuple[str, str], Paper] = {}
    for paper in papers:
        found = newest.get((paper.kind.key, paper.of))
        if found is None or paper.edition > found.edition:
            newest[paper.kind.key, paper.of] = paper
    return list(newest.values())


def _gate(rules: Rules, paper: Paper) -> SignatureGate:
    for gate in ("freeze", "publicity"):
        if paper.kind.key in getattr(rules.signatures, gate):
            return gate  # type: ignore[return-value]
    return "archive"


def _events(session: Session, call: Call) -> dict[Key, list[SignatureEvent]]:
    found: dict[Key, list[SignatureEvent]] = {}
    query = sa.select(SignatureEvent).where(SignatureEvent.call_id == call.id).order_by(SignatureEvent.id)
    for event in session.scalars(query):
        found.setdefault((event.kind, event.of, event.edition), []).append(event)
    return found


def _current(events: Sequence[SignatureEvent]) -> tuple[SignatureEvent, ...]:
    """The events after the last annulment."""
    annulled = [place for place, event in enumerate(events) if event.step == "annulled"]
    return tuple(events[annulled[-1] + 1 if annulled else 0 :])


def history(session: Session, call: Call, key: Key) -> list[SignatureEvent]:
    """All events of a paper, annulled ones, too, oldest first."""
    return _events(session, call).get(key, [])


def waivers(session: Session, call: Call) -> list[SignatureWaiver]:
    """What went on without an original, oldest first."""
    query = sa.select(SignatureWaiver).where(SignatureWaiver.call_id == call.id).order_by(SignatureWaiver.id)
    return list(session.scalars(query))


def missing(session: Session, call: Call, gate: SignatureGate) -> list[Paper]:
    """The papers whose originals this step waits for and whose absence no reason covers."""
    return lacking(standings(session, READER, call), waivers(session, call), rules_of(call), gate)


def lacking(
    found: Iterable[Standing], waived: Iterable[SignatureWaiver], rules: Rules, gate: SignatureGate
) -> list[Paper]:
    """The same of standings that have been read already."""
    kinds = rules.signatures.before(gate)
    excused = {tuple(paper[:3]) for waiver in waived if waiver.gate == gate for paper in waiver.papers}
    return [
        item.paper
        for item in found
        if item.paper.kind.key in kinds and item.step not in _ENOUGH[gate] and item.paper.key not in excused
    ]


def refuse_missing(session: Session, call: Call, gate: SignatureGate) -> None:
    """Raise `Conflict` that names what the step waits for."""
    wanted = missing(session, call, gate)
    if wanted:
        told = "、".join(paper.name.replace("_", " ") for paper in wanted[:_TOLD])
        more = "等" if len(wanted) > _TOLD else ""
        raise Conflict(Message(_WANTED[gate].msgid, {"n": len(wanted), "papers": told + more}))


def digest_of(paper: Paper, data: bytes) -> str:
    """Check code of a made paper: of the text of a Word file, of the bytes of others."""
    if paper.kind.suffix == "docx":
        return docx_content.content_digest(data)
    return hashlib.sha256(data).hexdigest()


def refuse_unknown(rules: Rules) -> None:
    """Raise `Invalid` where the rules wait for a kind of paper that is not made or not signed."""
    known = {source.kind.key for source in catalogue.SOURCES if source.kind.signers}
    wrong = [kind for kind in rules.signatures.all if kind not in known]
    if wrong:
        raise Invalid(
            mark(
                "call.toml 的 [signatures] 写了没有的文书：%(kinds)s。可写的有：%(known)s。",
                kinds="、".join(wrong),
                known="、".join(sorted(known)),
            )
        )
