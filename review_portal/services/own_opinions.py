"""The panel's opinions as one expert is asked about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember
from review_portal.models.opinions import PanelOpinion
from review_portal.services import opinion_rows, reexamination_state
from review_portal.services.opinion_reading import OpinionText, text_of
from review_portal.services.opinion_rows import words_of
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class OwnOpinion:
    """A version as the expert is asked about it; `answer` is the own one so far."""

    public_id: str
    call: str
    number: str
    unit: str
    ordinal: int
    text: OpinionText
    word: str
    recorded_word: str
    reason: str
    answer: str
    own_reason: str
    open: bool


def list_own(viewer: Viewer, *, open_only: bool = False) -> list[OwnOpinion]:
    """The newest version of each opinion that this expert is asked about, while nothing is frozen."""
    session = db.session()
    rounds = session.execute(
        sa.select(Round, Call)
        .join(Call, Call.id == Round.call_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(
            PanelMember.expert_id == viewer.expert_id,
            Round.state == "finished",
            (Call.state == "reviewing") | reexamination_state.open_(),
        )
        .order_by(Round.id.desc())
    ).all()
    found = []
    for row, call in rounds:
        latest = opinion_rows.newest(session, row)
        if latest:
            found += _own_of(session, viewer, row, call, latest)
    return [item for item in found if item.open and not item.answer] if open_only else found


def _own_of(
    session: Session, viewer: Viewer, row: Round, call: Call, latest: Mapping[int, PanelOpinion]
) -> list[OwnOpinion]:
    ids = [made.id for made in latest.values()]
    asked = opinion_rows.voters_of(session, row, list(latest))
    answers, settled = opinion_rows.answers_of(session, ids), opinion_rows.settled_of(session, ids)
    words = words_of(rules_of(call), row.stage)
    found = []
    for dossier_id, dossier in opinion_rows.dossiers_of(session, row).items():
        made = latest.get(dossier_id)
        people = asked.get(dossier_id, ()) if made else ()
        own = next((item for item in people if item.account_id == viewer.account_id), None)
        if made is None or own is None:
            continue
        given = answers.get(made.id, {}).get(own.member_id)
        found.append(
            OwnOpinion(
                made.public_id,
                call.public_id,
                dossier.number or "",
                dossier.unit_name,
                made.ordinal,
                text_of(made),
                words.get(made.conclusion, made.conclusion),
                words.get(made.recorded or "", ""),
                made.reason,
                given.answer if given else "",
                given.reason if given else "",
                made.id not in settled,
            )
        )
    return found


def own(viewer: Viewer, *, opinion: str) -> OwnOpinion:
    """One of them; a version that a newer one has replaced leads to the newer. Raises `NotFound`."""
    session = db.session()
    made = session.scalars(sa.select(PanelOpinion).where(PanelOpinion.public_id == opinion)).first()
    if made is not None:
        row = session.scalars(sa.select(Round).where(Round.id == made.round_id)).one()
        latest = opinion_rows.newest(session, row, dossier_id=made.dossier_id)[made.dossier_id]
        for item in list_own(viewer):
            if item.public_id == latest.public_id:
                return item
    raise NotFound()
