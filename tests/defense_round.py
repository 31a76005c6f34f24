"""A call whose written review is finished and whose shortlist is frozen: where a defense begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from review_portal.db import transaction
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account, Grant
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.files import StoredFile
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.services import (
    accounts,
    audit,
    calls,
    defense_orders,
    defense_room,
    defenses,
    elections,
    logins,
    panels,
    rounds,
)
from review_portal.services.bindings import Bound
from tests import factories, factories_reviews, form_documents
from tests.kept_scenes import kept

AT = datetime(2023, 3, 6, 1, 0, tzinfo=UTC)
SHORTLIST = ("2023-001", "2023-003", "2023-004")
LEFT_OUT = "2023-002"
EXPERTS = 5
UNITS = {
    "2023-001": "重庆示例绿能科技有限公司",
    "2023-002": "重庆示例循环利用科技有限公司",
    "2023-003": "重庆示例汽车能效技术有限公司",
    "2023-004": "重庆示例环保装备有限公司",
}


@dataclass(frozen=True, slots=True)
class Defense:
    """Public ids and people. The first expert is the chair, the second is recused from 2023-003."""

    office: factories.Office
    call: str
    written: str
    round_: str
    chair: factories.Credential
    expert: factories.Credential

    def officer(self, app: Flask) -> Viewer:
        """The officer who runs the round."""
        return self.office.officer.viewer(app)

    def slots(self, app: Flask) -> dict[str, str]:
        """Dossier number -> public id of its turn."""
        watcher = self.office.supervisor_a.viewer(app)
        rows = factories.inside(app, lambda: defense_room.list_slots(watcher, round_=self.round_))
        return {row.number: row.public_id for row in rows}


@kept
def shortlisted(app: Flask) -> Defense:
    """Four dossiers, three of them on the shortlist; the defense round is a draft without anything."""
    office = factories.office(app)
    officer = office.officer.viewer(app)
    with app.app_context():
        call = calls.create_call(officer, folder="green_platform_2023")
        view = calls.view(officer, call=call)
        calls.record_scheme(
            officer,
            call=call,
            reference="示例〔2023〕5号",
            approved_by="示例会议",
            approved_on=date(2023, 2, 20),
        )
        written, defense = (item.public_id for item in view.rounds)
        people = [
            factories.settle(accounts.create_from_host(f"expert-{n}", f"示例专家{n}", "expert", call))
            for n in range(1, 3)
        ]
        with transaction() as session:
            row = session.scalars(sa.select(Call).where(Call.public_id == call)).one()
            row.state = "reviewing"
            first = session.scalars(sa.select(Round).where(Round.public_id == written)).one()
            first.state = "finished"
            experts = _experts(session, people, row.id, first.id)
            dossiers = _dossiers(session, row.id, officer.account_id)
            _freeze(session, row.id, first.id, dossiers, officer.account_id)
            session.add(
                Recusal(
                    call_id=row.id,
                    expert_id=experts[1].id,
                    dossier_id=dossiers["2023-003"].id,
                    rule="employer",
                    level="automatic",
                    reason="曾在该单位任职（示例）",
                    recorded_at=AT,
                )
            )
    return Defense(office, call, written, defense, people[0], people[1])


def _experts(
    session: Session, people: Sequence[factories.Credential], call_id: int, round_id: int
) -> list[Expert]:
    made: list[Expert] = []
    for number in range(1, EXPERTS + 1):
        account_id = people[number - 1].account_id if number <= len(people) else None
        if account_id is None:
            account = Account(
                login=f"expert-{number}", name=f"示例专家{number}", password_hash="!", created_at=AT
            )
            session.add(account)
            session.flush()
            account_id = account.id
            session.add(Grant(account_id=account_id, role="expert", call_id=call_id, granted_at=AT))
        expert = Expert(
            account_id=account_id,
            name=f"示例专家{number}",
            name_key=f"{number}",
            employer=f"示例大学{number}分校",
            title="教授",
            field="能源",
            phone=f"{number}",
            email="",
            district="",
        )
        session.add(expert)
        session.flush()
        session.add(PanelMember(round_id=round_id, expert_id=expert.id, order_key=str(number)))
        made.append(expert)
    return made


def _dossiers(session: Session, call_id: int, officer: int) -> dict[str, Dossier]:
    stored = StoredFile(
        sha256="0" * 64, size=1, name="示例.docx", media_type="application/octet-stream", stored_at=AT
    )
    session.add(stored)
    session.flush()
    made: dict[str, Dossier] = {}
    for number, unit in UNITS.items():
        dossier = Dossier(
            call_id=call_id,
            number=number,
            unit_name=unit,
            name_key=number,
            recommender="示例区经济信息委",
            state="eligible",
            received_at=AT,
        )
        session.add(dossier)
        session.flush()
        version = DossierVersion(
            dossier_id=dossier.id,
            ordinal=1,
            file_id=stored.id,
            form={"document": []},  # what recusal looks into
            digest="0" * 64,
            units_digest="0" * 64,
            overall="pass",
            received_at=AT,
            created_at=AT,
            created_by=officer,
        )
        session.add(version)
        session.flush()
        dossier.current_version_id = version.id
        made[number] = dossier
    return made


def _freeze(
    session: Session, call_id: int, round_id: int, dossiers: Mapping[str, Dossier], officer: int
) -> None:
    ranking = Ranking(
        call_id=call_id,
        kind="shortlist",
        round_id=round_id,
        body={},
        input_digest="0" * 64,
        rules_digest="0" * 64,
        digest="1" * 64,
        software="test",
        frozen_at=AT,
        frozen_by=officer,
    )
    session.add(ranking)
    session.flush()
    for number, dossier in dossiers.items():
        outcome = "shortlisted" if number in SHORTLIST else "not_shortlisted"
        session.add(RankingRow(ranking_id=ranking.id, dossier_id=dossier.id, place=None, outcome=outcome))
    audit.record(
        session,
        audit.Host(),
        "freeze_shortlist",
        object_kind="ranking",
        object_id=ranking.public_id,
        call_id=call_id,
        bound=[Bound("ranking", ranking)],
    )


@kept
def opened(app: Flask, *, readable: bool = False) -> Defense:
    """The defense round scores: prepared, order drawn by number, everybody signed in, chair elected.

    `readable`: the dossiers have the text of a sample, so that their sheets open.
    """
    made = shortlisted(app)
    officer = made.officer(app)
    with app.app_context():
        if readable:
            _give_texts()
        defenses.prepare(officer, round_=made.round_)
        rows = defense_room.list_slots(officer, round_=made.round_)
        order = [row.public_id for row in rows]
        defense_orders.record_lots(officer, round_=made.round_, order=order, witness="示例监督甲")
        rounds.open_round(officer, round_=made.round_, deadline=None)
        members = panels.list_members(officer, round_=made.round_)
        for member in members:
            panels.sign_in(officer, member=member.public_id, checked_by="示例会务")
        chair = next(member for member in members if member.name == "示例专家1")
        elections.elect_chair(
            officer, round_=made.round_, member=chair.public_id, method="举手", votes=5, witness="示例监督甲"
        )
    return made


def _give_texts() -> None:
    form = factories_reviews.form_of(form_documents.SAMPLES[0])
    with transaction() as session:
        for dossier in session.scalars(sa.select(Dossier)).all():
            file_id = session.scalars(sa.select(DossierVersion.file_id)).first() or 0
            factories_reviews.add_version(session, dossier, file_id, form, dossier.number)


def viewer_of(credential: factories.Credential) -> Viewer:
    """The person as of now. Needs an application context."""
    found = logins.viewer_of(logins.log_in(credential.login, credential.password))
    assert found is not None
    return found
