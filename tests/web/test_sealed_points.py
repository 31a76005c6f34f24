"""No answer depends on sealed points: every address that is read, in two rounds that differ in nothing else.

One expert's points, reasons and opinions are other ones in the second round. Whatever anybody else is given
(pages, files, order, counts, status, headers) must be the same, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from review_portal.db import db
from review_portal.domain.policy import Permission
from review_portal.models.approvals import Approval
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.reviews import Review, ReviewRevision, RevisionPoint
from review_portal.web import access
from tests import form_documents
from tests.factories import Credential
from tests.factories_selection import CHAIR, PANEL, RANKED, Selection
from tests.journeys.steps import readable
from tests.selection_copies import copied
from tests.visitor import Page, Visitor
from tests.web.test_access import path_of

AUTHOR, COLLEAGUE = PANEL[1], PANEL[2]
SHEETS = ("87.37", "61.19")  # the author's total on every dossier, in one round and in the other
SECRETS = ("甲方案的理由只有本人知道", "乙方案的理由只有本人知道")
SIGNED_IN = {Permission.PUBLIC, Permission.SIGNED_IN}
READS = {
    "officer": {*SIGNED_IN, Permission.SECRETARIAT, Permission.OFFICE},
    "supervisor": {*SIGNED_IN, Permission.SUPERVISOR, Permission.OFFICE},
    "chair": {*SIGNED_IN, Permission.EXPERT},
    "expert": {*SIGNED_IN, Permission.EXPERT},
}


def readers(made: Selection) -> dict[str, Credential]:
    return {
        "officer": made.office.officer,
        "supervisor": made.office.supervisor_a,
        "chair": made.experts[CHAIR],
        "expert": made.experts[COLLEAGUE],
    }


def plant(made: Selection, total: str, secret: str) -> None:
    """Rewrite what the author has handed in, past the triggers that keep it from being rewritten."""
    items = form_documents.green_call().rubric_of("written_review").items
    rest = round(float(total) * 100) - sum(int(item.max_score) * 50 for item in items[1:])
    mine = (
        sa.select(Review.revision_id).join(Expert, Expert.id == Review.expert_id).where(Expert.name == AUTHOR)
    )
    with db.engine.begin() as connection:
        triggers = sa.text(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            " AND tbl_name IN ('revision_points', 'review_revisions')"
        )
        for name in connection.scalars(triggers).all():
            connection.execute(sa.text(f"DROP TRIGGER {name}"))
        for place, item in enumerate(items):
            points = rest if place == 0 else int(item.max_score) * 50
            change = sa.update(RevisionPoint).where(
                RevisionPoint.revision_id.in_(mine), RevisionPoint.item == item.key
            )
            connection.execute(change.values(points=sa.literal(points, sa.Integer), comment=secret))
        connection.execute(
            sa.update(ReviewRevision).where(ReviewRevision.id.in_(mine)).values(opinion=secret)
        )


def known(made: Selection, name: str) -> list[dict[str, str]]:
    """Ids that exist, first the author's sheet among them, then the reader's own."""
    dossier = made.numbers[RANKED[1]]
    found = {
        "call": made.call,
        "round_": made.written,
        "dossier": dossier,
        "approval": db.session.scalars(sa.select(Approval.public_id).order_by(Approval.id.desc())).first()
        or "",
        "recusal": db.session.scalars(sa.select(Recusal.public_id)).first() or "",
        "account": made.office.second_officer.public_id,
    }
    sheets = []
    for who in dict.fromkeys((AUTHOR, name)):
        row = db.session.execute(
            sa.select(Review.public_id, ReviewRevision.public_id, PanelMember.public_id, Expert.public_id)
            .select_from(Review)
            .join(Dossier, Dossier.id == Review.dossier_id)
            .join(ReviewRevision, ReviewRevision.id == Review.revision_id)
            .join(Expert, Expert.id == Review.expert_id)
            .join(
                PanelMember, (PanelMember.expert_id == Expert.id) & (PanelMember.round_id == Review.round_id)
            )
            .where(Expert.name == who, Dossier.public_id == dossier)
        ).first()
        if row is not None:
            sheets.append(
                {**found, **dict(zip(("review", "revision", "member", "expert"), row, strict=True))}
            )
    return sheets


def addresses(made: Selection, role: str, ids: list[dict[str, str]]) -> Iterator[str]:
    for rule in sorted(made.app.url_map.iter_rules(), key=str):
        if rule.endpoint in access.LIBRARY_ENDPOINTS or "GET" not in (rule.methods or ()):
            continue
        if access.permission_of(made.app, rule.endpoint) in READS[role]:
            yield from dict.fromkeys(path_of(rule, **one) for one in ids)


def told(page: Page) -> tuple[int, tuple[tuple[str, str], ...], str]:
    """All that an answer tells, but for the browser's own tokens and the head of a chain that holds the
    logins."""
    headers = tuple(
        (name, value)
        for name, value in page.response.headers
        if name not in ("Set-Cookie", "Date", "Content-Length")
    )
    body = re.sub(r'<[^>]*name="(csrf_token|csrf-token|key)"[^>]*>', "", readable(page.body))
    body = re.sub(r'"token":"[^"]*"', "", body)
    return page.status, headers, re.sub(r"<dt>末条校验码</dt>.*", "", body)


def everything(made: Selection, total: str, secret: str) -> Mapping[tuple[str, str], object]:
    """What each reader is given at each address."""
    found: dict[tuple[str, str], object] = {}
    with made.app.app_context():
        plant(made, total, secret)
        names = {"chair": CHAIR, "expert": COLLEAGUE}
        ids = {role: known(made, names.get(role, AUTHOR)) for role in READS}
        db.session.remove()
    for role, credential in readers(made).items():
        visitor: Visitor = credential.visit(made.app)
        for path in addresses(made, role, ids[role]):
            if path != "/logout":
                answer = told(visitor.get(path, follow=False))
                assert total not in answer[2], f"{role} reads the total on {path}"
                assert secret not in answer[2], f"{role} reads the reason on {path}"
                found[role, path] = answer
    return found


def test_no_answer_depends_on_points_that_are_sealed(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    seen = []
    for place, (total, secret) in enumerate(zip(SHEETS, SECRETS, strict=True)):
        with (
            copied(request, "sqlite", "sealed", tmp_path / str(place)) as made,
            time_machine.travel("2023-03-06T09:00:00+08:00", tick=False),
        ):
            seen.append(everything(made, total, secret))
    first, second = seen
    assert first.keys() == second.keys()
    assert [where for where in first if first[where] != second[where]] == []
    passed = [where for where, answer in first.items() if answer[0] == 200]  # type: ignore[index]
    assert len(passed) > 100
