"""The pledges of a round's experts as papers: what they clicked and declared. No code, no points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import canonical
from review_portal.domain.errors import NotFound
from review_portal.domain.pledge_words import PLEDGE
from review_portal.domain.policy import Viewer
from review_portal.exports.pledge_sheet import Declared, PledgeSheet, write_docx
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier, DossierUnit
from review_portal.models.experts import Declaration, Expert, PanelMember
from review_portal.services import draw_names
from review_portal.services.report_figures import call_head
from review_portal.services.rules import round_name, rules_of

ANSWERS = {"clear": "无利害关系", "recuse": "声明回避"}


def pledged(session: Session, viewer: Viewer, call: Call) -> Iterator[tuple[str, PanelMember, Expert, Round]]:
    """Who has signed the pledge of which round, under an id that the expert's code cannot be found by.

    Whoever was drawn and is not to be known yet is left out.
    """
    query = (
        sa.select(PanelMember, Expert, Round)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .join(Round, Round.id == PanelMember.round_id)
        .where(Round.call_id == call.id, PanelMember.pledged_at.is_not(None))
        .order_by(Round.position, Round.id, Expert.name, Expert.id)
    )
    unknown = draw_names.hidden_in_call(session, viewer, call.id)
    for member, expert, round_ in session.execute(query):
        if expert.id not in unknown:
            of = sha256(f"{round_.public_id}:{expert.public_id}".encode()).hexdigest()[:12]
            yield of, member, expert, round_


def file(viewer: Viewer, call: Call, of: str) -> bytes:
    """One pledge as Word file. Raises `NotFound`."""
    session = db.session()
    for found, member, expert, round_ in pledged(session, viewer, call):
        if found == of and member.pledged_at is not None:
            rules = rules_of(call)
            sheet = PledgeSheet(
                call_head(rules),
                round_name(rules, round_),
                expert.name,
                expert.employer,
                tuple(map(str, PLEDGE)),
                _declared(session, call, expert),
                member.pledged_at,
                "",
            )
            told = {**asdict(sheet), "pledged_at": member.pledged_at.isoformat()}
            return write_docx(replace(sheet, check_code=canonical.digest(told)))
    raise NotFound()


def _declared(session: Session, call: Call, expert: Expert) -> tuple[Declared, ...]:
    """The newest word on each dossier, by number."""
    rows = session.execute(
        sa.select(Declaration.answer, Dossier)
        .join(Dossier, Dossier.id == Declaration.dossier_id)
        .where(Declaration.call_id == call.id, Declaration.expert_id == expert.id)
        .order_by(Declaration.id)
    )
    newest = {dossier.id: (answer, dossier) for answer, dossier in rows}
    members: dict[int, list[str]] = {}
    versions = [dossier.current_version_id for _answer, dossier in newest.values()]
    for version, name in session.execute(
        sa.select(DossierUnit.version_id, DossierUnit.name)
        .where(DossierUnit.version_id.in_(versions), DossierUnit.role == "member")
        .order_by(DossierUnit.position)
    ):
        members.setdefault(version, []).append(name)
    return tuple(
        Declared(
            dossier.number,
            dossier.unit_name,
            tuple(members.get(dossier.current_version_id or 0, ())),
            dossier.recommender,
            ANSWERS[answer],
        )
        for answer, dossier in sorted(newest.values(), key=lambda one: one[1].number)
    )
