"""A written round of the shipped call, from roster and dossiers to opening, through the services."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from review_portal.clock import OFFICE_ZONE
from review_portal.db import db, transaction
from review_portal.domain.policy import Viewer
from review_portal.domain.records import ApplicationForm
from review_portal.intake.application_form import read_application_form
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier, DossierUnit, DossierVersion
from review_portal.models.experts import Expert
from review_portal.models.files import StoredFile
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services import accounts, assignments, calls, experts, panels, passwords, reviews, rounds
from review_portal.services.accounts import Person
from review_portal.services.revisions import Sheet
from review_portal.services.worklist import worklist
from scoring_rubrics import Rubric
from tests import factories, form_documents
from tests.data_builders import roster_xlsx
from tests.factories import Credential, Office
from tests.kept_scenes import kept

POOL_FILE = Path(__file__).parent / "data" / "experts" / "experts_recusal.json"
POOL = json.loads(POOL_FILE.read_text("utf-8"))
PANEL = ("甲示例", "丁示例", "己示例", "癸示例", "丑示例")
DEADLINE = datetime(2023, 3, 3, 10, 0, tzinfo=UTC)
OPEN_UNTIL = datetime(2123, 3, 3, 10, 0, tzinfo=UTC)
OPINION = "目标清楚，路径可行，服务基础扎实。"
REASON = "材料没有给出核算边界和基准年，依据不足。"


@dataclass(frozen=True)
class Scene:
    """A call with its first round. `dossiers` by sample, `experts` (public ids) by name."""

    office: Office
    officer: Viewer
    supervisor: Viewer
    call: str
    round: str
    dossiers: Mapping[str, str]
    experts: Mapping[str, str]

    def expert(self, name: str) -> Viewer:
        """The expert as services know them after logging in."""
        row = db.session.execute(
            sa.select(Account.id, Account.public_id, Expert.id)
            .join(Expert, Expert.account_id == Account.id)
            .where(Expert.name == name)
        ).one()
        grants = frozenset({("expert", factories.call_id(self.call))})
        return Viewer(row[0], row[1], name, grants, expert_id=row[2])

    def review(self, name: str, sample: str) -> str:
        """Public id of an expert's sheet for a sample."""
        rows = worklist(self.expert(name))[0].rows
        return next(row.review for row in rows if row.dossier == self.dossiers[sample])

    def ready(self, name: str, sample: str) -> tuple[Viewer, str]:
        """The expert after pledge and declaration, and the sheet."""
        viewer = self.expert(name)
        reviews.sign_pledge(viewer, round_=self.round)
        reviews.declare(viewer, dossier=self.dossiers[sample], answer="clear")
        return viewer, self.review(name, sample)

    def credential(self, app: Flask, name: str) -> Credential:
        """The expert's login with a password of their own."""
        with app.app_context():
            account = db.session.scalars(
                sa.select(Account.public_id)
                .join(Expert, Expert.account_id == Account.id)
                .where(Expert.name == name)
            ).one()
            return factories.settle(passwords.issue_password(self.officer, account=account))


@kept
def prepared(
    app: Flask,
    *,
    samples: Sequence[str] = (form_documents.SAMPLES[0], form_documents.SAMPLES[3]),
    panel: Sequence[str] = PANEL,
) -> Scene:
    """Everything up to the draft round: pool, accounts, eligible dossiers, scheme, panel. No assignment.

    The dossiers enter as filing leaves them after acceptance; the formal check has its own tests.
    """
    office = factories.office(app)
    with app.app_context():
        officer = office.officer.viewer(app)
        call = calls.create_call(officer, folder="green_platform_2023")
        experts.import_roster(officer, call=call, name="专家.xlsx", data=roster_xlsx(POOL["experts"]))
        lines = {line.name: line.public_id for line in experts.list_experts(officer, call=call)}
        accounts.open_accounts(
            officer,
            call=call,
            people=[
                Person(f"expert{number:02d}", name, "expert", lines[name])
                for number, name in enumerate(lines)
            ],
        )
        calls.publish(officer, call=call)
        filed = {
            sample: add_eligible(call, sample, f"S{number:02d}") for number, sample in enumerate(samples, 1)
        }
        calls.close_intake(officer, call=call)
        calls.record_scheme(
            officer,
            call=call,
            reference="示例〔2023〕1号",
            approved_by="主任办公会（示例）",
            approved_on=datetime(2023, 2, 24, tzinfo=OFFICE_ZONE).date(),
        )
        round_ = calls.view(officer, call=call).rounds[0].public_id
        panels.set_panel(officer, round_=round_, experts=[lines[name] for name in panel])
        return Scene(office, officer, office.supervisor_a.viewer(app), call, round_, filed, lines)


@cache
def form_of(sample: str) -> ApplicationForm:
    """A sample as read; read once a run, because reading is not what these tests are about."""
    return read_application_form(form_documents.data(sample), form_documents.green_call())


def with_head(form: ApplicationForm, name: str) -> ApplicationForm:
    """The form with another legal representative."""
    return replace(form, unit=replace(form.unit, legal_representative=name))


def add_eligible(call: str, sample: str, number: str) -> str:
    """A dossier that has passed the formal check, as filing stores it. Returns its public id."""
    form = form_of(sample)
    with transaction() as session:
        call_id = factories.call_id(call, session)
        stored = StoredFile(
            sha256=f"{number:0<64}", size=1, name=f"{sample}.docx", media_type="docx", stored_at=DEADLINE
        )
        dossier = Dossier(
            call_id=call_id,
            number=number,
            unit_name=form.lead,
            name_key=form.lead,
            recommender=form.cover.recommender,
            district=form.district,
            state="eligible",
            received_at=DEADLINE,
        )
        session.add_all((stored, dossier))
        session.flush()
        add_version(session, dossier, stored.id, form, f"{number}-1")
        return dossier.public_id


def add_version(
    session: Session, dossier: Dossier, file_id: int, form: ApplicationForm, units_digest: str
) -> None:
    """A version of a dossier with its units; it becomes the current one."""
    last = session.scalar(
        sa.select(sa.func.max(DossierVersion.ordinal)).where(DossierVersion.dossier_id == dossier.id)
    )
    version = DossierVersion(
        dossier_id=dossier.id,
        ordinal=(last or 0) + 1,
        file_id=file_id,
        form=form.to_json(),
        digest=units_digest,
        units_digest=units_digest,
        overall="eligible",
        received_at=DEADLINE,
        created_at=DEADLINE,
        created_by=session.scalars(sa.select(Account.id).order_by(Account.id).limit(1)).one(),
    )
    session.add(version)
    session.flush()
    names = [(form.lead, "lead", form.unit.legal_representative)]
    names += [(name, "member", None) for name in form.members]
    for place, (name, role, legal) in enumerate(names, 1):
        session.add(
            DossierUnit(
                version_id=version.id, position=place, name=name, role=role, legal_representative=legal
            )
        )
    dossier.current_version_id = version.id


def rename_head(session: Session, dossier: str, sample: str, name: str) -> None:
    """A new version of a dossier whose legal representative bears `name`."""
    row = session.scalars(sa.select(Dossier).where(Dossier.public_id == dossier)).one()
    version = session.scalars(
        sa.select(DossierVersion).where(DossierVersion.id == row.current_version_id)
    ).one()
    add_version(session, row, version.file_id, with_head(form_of(sample), name), f"{sample} {name}")


@kept
def scoring(app: Flask, **chosen: Sequence[str]) -> Scene:
    """The round open for scoring, everybody assigned to everything that nothing stands against."""
    scene = prepared(app, **chosen)
    with app.app_context():
        assignments.assign_all(scene.officer, round_=scene.round)
        rounds.open_round(scene.officer, round_=scene.round, deadline=OPEN_UNTIL)
    return scene


def set_round_state(round_: str, state: str) -> None:
    """Move a round without its chair: for what depends on the state alone."""
    with transaction() as session:
        session.scalars(sa.select(Round).where(Round.public_id == round_)).one().state = state


def asked(scene: Scene, name: str, sample: str) -> str:
    """The expert's sheet handed in, the round unsealed, a question asked about it; the case's public id."""
    viewer, review = scene.ready(name, sample)
    reviews.submit_review(
        viewer, review=review, sheet=full_sheet(rubric_of(scene)), base_version=0, request_key="asked"
    )
    set_round_state(scene.round, "reconciling")
    with transaction() as session:
        row = session.scalars(sa.select(Review).where(Review.public_id == review)).one()
        case = ReconciliationCase(
            round_id=row.round_id,
            review_id=row.id,
            trigger="deviation",
            figures={
                "kinds": ["deviation"],
                "total": "60.00",
                "mean": "90.00",
                "range": "35.00",
                "percent": "30",
                "limit": "25",
            },
            question="该份评分与均值相差较大，请说明。",
            due_at=OPEN_UNTIL,
            opened_at=DEADLINE,
            opened_by=scene.officer.account_id,
            before_revision_id=row.revision_id,
        )
        session.add(case)
        session.flush()
        return case.public_id


def rubric_of(scene: Scene) -> Rubric:
    """The written rubric of the scene's call."""
    return calls.view(scene.officer, call=scene.call).rules.rubric_of("written_review")


def full_sheet(rubric: Rubric, *, below: Decimal = Decimal(1)) -> Sheet:
    """A sheet that may be submitted: every item `below` its maximum, a reason everywhere."""
    return Sheet(
        {item.key: item.max_score - below for item in rubric.items},
        {item.key: REASON for item in rubric.items},
        OPINION,
    )


def round_row(session: Session, round_: str) -> Round:
    """The stored round, in the caller's transaction."""
    row: Round = session.scalars(sa.select(Round).where(Round.public_id == round_)).one()
    return row


def calls_row(call: str) -> Call:
    """The stored call. Needs an application context."""
    row: Call = db.session.scalars(sa.select(Call).where(Call.public_id == call)).one()
    return row
