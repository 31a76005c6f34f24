"""A sealed round in which the chair has scored on paper, with the two clerks who type it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import pypdfium2
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from review_portal.db import db
from review_portal.domain import canonical
from review_portal.domain.policy import Viewer
from review_portal.models.reviews import Review
from review_portal.services import (
    accounts,
    elections,
    logins,
    panels,
    paper_sheets,
    passwords,
    transcriptions,
)
from review_portal.services.account_views import NewAccount
from review_portal.services.accounts import Person
from review_portal.services.revisions import Sheet
from review_portal.services.transcriptions import Entered
from tests import factories
from tests import factories_reviews as build
from tests.factories import Credential
from tests.factories_reviews import Scene
from tests.kept_scenes import kept

CHAIR = "甲示例"


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("L", (60, 84), 255).save(out, "PNG")
    return out.getvalue()


def pdf(pages: int) -> bytes:
    """A PDF of empty sheets."""
    document = pypdfium2.PdfDocument.new()
    for _page in range(pages):
        document.new_page(595, 842)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


PNG = _png()
REASON = "专家在打印的评分表上评分（示例）"


@dataclass(frozen=True)
class Papers:
    """The round with its clerks; `papers` are registrations by sample."""

    scene: Scene
    counting: Credential
    checking: Credential
    papers: Mapping[str, str]

    @property
    def first(self) -> str:
        """The registration of the first sample."""
        return next(iter(self.papers.values()))

    def viewer(self, who: Credential) -> Viewer:
        """The person with the rights of this moment. Needs an application context."""
        found = logins.viewer_of(logins.log_in(who.login, who.password))
        assert found is not None
        return found


def with_clerks(app: Flask, scene: Scene) -> Papers:
    """Accounts for both clerks; the call is published, so that the second officer agrees."""
    with app.app_context():
        people = [
            Person("jifen", "计分人示例", "counting_clerk"),
            Person("fuhe", "复核人示例", "checking_clerk"),
        ]
        asked = accounts.open_accounts(scene.officer, call=scene.call, people=people, reason="代录（示例）")
        assert asked is not None
        second = scene.office.second_officer.viewer(app)
        accounts.approve_accounts(second, approval=asked, approve=True)
        counting, checking = (_first_login(scene, person) for person in people)
    return Papers(scene, counting, checking, {})


def _first_login(scene: Scene, person: Person) -> Credential:
    account = factories.account_row(person.login).public_id
    issued: NewAccount = passwords.issue_password(scene.officer, account=account)
    return factories.settle(issued)


@kept
def scored_on_paper(app: Flask) -> Papers:
    """Scoring is under way; everybody is present, the chair's sheets are registered as paper."""
    made = with_clerks(app, build.scoring(app))
    with app.app_context():
        members = panels.list_members(made.scene.officer, round_=made.scene.round)
        for member in members:
            panels.sign_in(made.scene.officer, member=member.public_id, checked_by="示例会务")
        elections.elect_chair(
            made.scene.officer,
            round_=made.scene.round,
            member=next(member.public_id for member in members if member.name == CHAIR),
            method="举手",
            votes=len(members) - 1,
            witness="示例监督甲",
        )
        sheets = {sample: made.scene.review(CHAIR, sample) for sample in made.scene.dossiers}
        registered = {
            sample: paper_sheets.register_papers(
                made.scene.officer, round_=made.scene.round, reviews=[review], reason=REASON
            )[0]
            for sample, review in sheets.items()
        }
    return replace(made, papers=registered)


@kept
def sealed(app: Flask, *, scans: bool = True) -> Papers:
    """The chair has closed the round: the paper sheets wait for the clerks."""
    made = scored_on_paper(app)
    with app.app_context():
        factories.close_round(chair(made), made.scene.supervisor, round_=made.scene.round)
        if scans:
            for paper in made.papers.values():
                attach(made, paper)
    return made


def chair(made: Papers) -> Viewer:
    """The elected expert."""
    who = made.scene.expert(CHAIR)
    row = build.round_row(db.session(), made.scene.round)
    return replace(who, chairs=frozenset({row.id}))


def attach(made: Papers, paper: str, name: str = "评分表.png", data: bytes = PNG) -> bool:
    """The signed scan of a registered sheet."""
    return paper_sheets.attach_scan(
        made.scene.officer, paper=paper, name=name, data=data, checked_by="示例会务"
    )


def sheet(made: Papers, **points: str) -> Sheet:
    """What stands on the paper; `C1_1="8.5"` is read otherwise."""
    full = build.full_sheet(build.rubric_of(made.scene))
    misread = {name.replace("_", "."): Decimal(value) for name, value in points.items()}
    return replace(full, points={**full.points, **misread})


def enter(
    made: Papers,
    who: Credential,
    typed: Sheet | None = None,
    *,
    paper: str = "",
    total: Decimal | None = None,
    total_wrong: bool = False,
    key: str = "",
) -> Entered:
    """One entry by a clerk; the total on the paper is that of the sheet unless told otherwise."""
    typed = typed or sheet(made)
    summed = sum(typed.points.values(), Decimal(0))
    return transcriptions.enter_sheet(
        made.viewer(who),
        paper=paper or made.first,
        sheet=typed,
        total=summed if total is None else total,
        total_wrong=total_wrong,
        request_key=key or f"{who.login}-{canonical_key(typed)}",
    )


def canonical_key(typed: Sheet) -> str:
    """A key that is another for another content."""
    return canonical.digest(typed.canonical())


def review_of(made: Papers, sample: str) -> Review:
    """The stored review of the chair for a sample. Needs an application context."""
    db.session.rollback()
    public_id = made.scene.review(CHAIR, sample)
    return db.session.scalars(sa.select(Review).where(Review.public_id == public_id)).one()
