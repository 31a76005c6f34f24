"""A finished round with given scores, of any size: written straight into the tables, read by the services.

The fictional call has one stage of three criteria with one item each (C1 40, C2 35, C3 25 points), in steps
of a hundredth, so that any total up to 100 can stand on a sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from review_portal.db import db, transaction
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, ChairElection, Round, RuleSet
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.files import StoredFile
from review_portal.models.opinions import OpinionSettlement, PanelOpinion
from review_portal.models.reviews import Review, ReviewRevision, RevisionPoint
from review_portal.services import accounts, insight_jobs
from review_portal.services.opinion_rows import voters_of
from review_portal.worker import Worker
from scoring_rubrics import parse_call
from tests import factories
from tests.factories import Credential
from tests.visitor import Visitor

AT = factories.PUBLISHED
MAXIMA = (Decimal(40), Decimal(35), Decimal(25))
EXPERTS = ("E01", "E02", "E03", "E04", "E05")
Totals = Mapping[tuple[str, str], Decimal | Sequence[Decimal]]  # (dossier, expert) -> total, or by criterion

RUBRIC = """
name = "示例评审"
sheet_title = "示例评分表"
source = "示例农〔2030〕9号 四"
total = 100
step = 0.01
columns = ["项目", "得分", "说明"]
foot = "评委签名："
conclusions = ["入选", "备选"]
"""
CRITERION = """
[[criteria]]
key = "C{at}"
name = "示例指标{at}"
weight = {most}
source = "示例农〔2030〕9号 四"

[[criteria.items]]
key = "C{at}.1"
name = "示例项目{at}"
max_score = {most}
look_for = "示例"
levels = [
  {{ name = "甲", min = {half}, max = {most}, text = "好" }},
  {{ name = "丙", min = 0, max = {below}, text = "差" }},
]
"""
STAGE = """[[review_stages]]
key = "scoring"
name = "示例评审"
kind = "score"
phase = "评审"
rubric = "scoring"
weight = 1

"""
RULE = """[rule]
normalize = "{normalize}"
combine = "{combine}"
min_reviews = 5
below_threshold = "all_mean"
fallback = "none"
tie_keys = ["scoring.C1"]
places = 2
"""


@dataclass(frozen=True, slots=True)
class Scored:
    """A call whose only round is finished, and its people."""

    app: Flask
    office: factories.Office
    chair: Credential
    call: str
    round_: str

    def viewer(self, who: Credential | None = None) -> Viewer:
        """The chair, or somebody else, with the rights of this moment. Needs an application context."""
        db.session.rollback()
        return (who or self.chair).viewer(self.app)

    def visitor(self) -> Visitor:
        """A browser in which the chair is logged in."""
        return self.chair.visit(self.app)

    def at(self, page: str) -> str:
        """A page of the chair's desk."""
        return f"/chair/{self.round_}/{page}"

    def agree(self) -> None:
        """The panel's opinion of every dossier, recommended and agreed. Needs an application context."""
        with transaction() as session:
            round_ = session.scalars(sa.select(Round).where(Round.public_id == self.round_)).one()
            of_all = {"drafted_at": AT, "drafted_by": self.chair.account_id}
            text = {
                "strengths": "示例。",
                "problems": "示例。",
                "advice": "示例。",
                "conclusion": "recommended",
            }
            dossiers = session.scalars(sa.select(Dossier.id).where(Dossier.call_id == round_.call_id)).all()
            session.execute(
                sa.insert(PanelOpinion),
                [
                    {"round_id": round_.id, "dossier_id": one, "ordinal": 1, **text, **of_all}
                    for one in dossiers
                ],
            )
            asked = voters_of(session, round_)
            opinions = session.execute(sa.select(PanelOpinion.id, PanelOpinion.dossier_id)).all()
            settled = {"agreed": True, "absent": [], "settled_at": AT, "settled_by": self.chair.account_id}
            session.execute(
                sa.insert(OpinionSettlement),
                [
                    {"opinion_id": one, "voters": [who.public_id for who in asked[dossier]], **settled}
                    for one, dossier in opinions
                ],
            )

    def analyse(self) -> None:
        """What the worker does once the round is finished. Outside of any context."""
        with self.app.app_context(), transaction() as session:
            insight_jobs.queue(session, session.scalars(sa.select(Round)).one())
        assert Worker(self.app).work_off() == 1


def files(quota: int, rule: str, combine: str) -> dict[str, bytes]:
    """The rules as filed: the tea garden's, with one stage, another rule and other places."""
    text = (factories.TEA_GARDEN / "call.toml").read_text("utf-8").replace("quota = 2", f"quota = {quota}", 1)
    head, _, rest = text.partition("[[review_stages]]")
    middle = rest[rest.index("[panel]") : rest.index("[rule]")]
    rubric = RUBRIC + "".join(
        CRITERION.format(at=at, most=most, half=most / 2, below=most / 2 - Decimal("0.01"))
        for at, most in enumerate(MAXIMA, start=1)
    )
    call = head + STAGE + middle + RULE.format(normalize=rule, combine=combine)
    formal = (factories.TEA_GARDEN / "formal_check.toml").read_bytes()
    return {"call.toml": call.encode(), "scoring.toml": rubric.encode(), "formal_check.toml": formal}


def scored(
    app: Flask, totals: Totals, *, quota: int = 2, normalize: str = "severity", combine: str = "mean"
) -> Scored:
    """A finished round with these scores; the first expert is its chair."""
    people = factories.office(app)
    with app.app_context():
        rules = files(quota, normalize, combine)
        parsed = parse_call(rules, "scored")
        with transaction() as session:
            kept = RuleSet(
                digest=parsed.digest,
                slug="scored",
                files={name: data.decode() for name, data in rules.items()},
                stored_at=AT,
            )
            session.add(kept)
            session.flush()
            call = Call(
                rule_set_id=kept.id, title="示例批次", state="reviewing", created_at=AT, published_at=AT
            )
            session.add(call)
            session.flush()
            call_id, public_id = call.id, call.public_id
        chair = factories.settle(accounts.create_from_host("chair", "示例专家", "expert", public_id))
        with transaction() as session:
            round_ = _round(session, call_id, people.officer.account_id)
            experts = _experts(session, round_.id, _names(code for _, code in totals), chair.account_id)
            _elect(session, round_.id, experts, people.officer.account_id)
            versions = _dossiers(session, call_id, _names(number for number, _ in totals), people)
            _sheets(session, round_.id, totals, versions, experts, people.officer.account_id)
            found: str = round_.public_id
    return Scored(app, people, chair, public_id, found)


def _names(given: Iterable[str]) -> list[str]:
    return sorted(set(given))


def _round(session: Session, call_id: int, by: int) -> Round:
    round_ = Round(
        call_id=call_id,
        stage="scoring",
        position=1,
        state="finished",
        opened_at=AT,
        closed_at=AT,
        unsealed_at=AT,
        finished_at=AT,
        frozen={},
        frozen_digest="0" * 64,
    )
    session.add(round_)
    session.flush()
    return round_


def _ids(session: Session, model: Any, key: Any, *conditions: Any) -> dict[str, int]:
    return dict(session.execute(sa.select(key, model.id).where(*conditions)).all())


def _experts(session: Session, round_id: int, codes: list[str], chair: int) -> dict[str, int]:
    """Code -> expert; the first of them is the chair's account."""
    session.execute(
        sa.insert(Expert),
        [
            {
                "account_id": chair if at == 0 else None,
                "name": f"示例专家{code}",
                "name_key": code,
                "employer": f"示例大学{code}",
                "title": "教授",
                "field": "能源",
                "phone": code,
                "email": f"{code}@example.org",
                "district": "示例区",
            }
            for at, code in enumerate(codes)
        ],
    )
    found = _ids(session, Expert, Expert.name_key)
    session.execute(
        sa.insert(PanelMember),
        [
            {
                "round_id": round_id,
                "expert_id": found[code],
                "code": code,
                "order_key": code,
                "signed_in_at": AT,
            }
            for code in codes
        ],
    )
    return found


def _elect(session: Session, round_id: int, experts: Mapping[str, int], by: int) -> None:
    member = session.scalars(sa.select(PanelMember.id).order_by(PanelMember.id)).first()
    session.add(
        ChairElection(
            round_id=round_id,
            member_id=member,
            method="举手",
            votes=len(experts),
            voters=len(experts),
            witness="示例监督甲",
            elected_at=AT,
            recorded_by=by,
        )
    )


def _dossiers(
    session: Session, call_id: int, numbers: list[str], people: factories.Office
) -> dict[str, tuple[int, int]]:
    """Number -> dossier and its only version."""
    by = people.officer.account_id
    file = StoredFile(sha256="0" * 64, size=1, name="示例.docx", media_type="x", stored_at=AT, stored_by=by)
    session.add(file)
    session.flush()
    session.execute(
        sa.insert(Dossier),
        [
            {
                "call_id": call_id,
                "number": number,
                "unit_name": f"示例单位{number}",
                "name_key": number,
                "recommender": "示例东乡",
                "state": "eligible",
                "received_at": AT,
            }
            for number in numbers
        ],
    )
    dossiers = _ids(session, Dossier, Dossier.number)
    session.execute(
        sa.insert(DossierVersion),
        [
            {
                "dossier_id": dossiers[number],
                "ordinal": 1,
                "file_id": file.id,
                "form": {},
                "digest": "0" * 64,
                "units_digest": "0" * 64,
                "overall": "pass",
                "received_at": AT,
                "created_at": AT,
                "created_by": by,
            }
            for number in numbers
        ],
    )
    versions: dict[int, int] = dict(
        session.execute(sa.select(DossierVersion.dossier_id, DossierVersion.id)).all()
    )
    session.execute(
        sa.update(Dossier).values(
            current_version_id=sa.select(DossierVersion.id)
            .where(DossierVersion.dossier_id == Dossier.id)
            .scalar_subquery()
        )
    )
    return {number: (dossier, versions[dossier]) for number, dossier in dossiers.items()}


def split(total: Decimal | Sequence[Decimal]) -> list[Decimal]:
    """A total as points of the three items, the first ones filled in proportion."""
    if not isinstance(total, Decimal):
        return list(total)
    first = [(total * most / 100).quantize(Decimal("0.01")) for most in MAXIMA[:2]]
    return [*first, total - sum(first)]


def _sheets(
    session: Session,
    round_id: int,
    totals: Totals,
    versions: Mapping[str, tuple[int, int]],
    experts: Mapping[str, int],
    by: int,
) -> None:
    pairs = list(totals)
    session.execute(
        sa.insert(Review),
        [
            {
                "round_id": round_id,
                "expert_id": experts[code],
                "dossier_id": versions[number][0],
                "dossier_version_id": versions[number][1],
                "state": "submitted",
                "assigned_at": AT,
                "assigned_by": by,
            }
            for number, code in pairs
        ],
    )
    reviews: dict[tuple[int, int], int] = {
        (dossier, expert): review
        for dossier, expert, review in session.execute(
            sa.select(Review.dossier_id, Review.expert_id, Review.id)
        )
    }
    review_of = [reviews[versions[number][0], experts[code]] for number, code in pairs]
    session.execute(
        sa.insert(ReviewRevision),
        [
            {
                "review_id": review,
                "ordinal": 1,
                "opinion": "",
                "salt": "0" * 64,
                "commitment": "0" * 64,
                "request_key": str(review),
                "submitted_at": AT,
            }
            for review in review_of
        ],
    )
    revisions: dict[int, int] = dict(
        session.execute(sa.select(ReviewRevision.review_id, ReviewRevision.id)).all()
    )
    session.execute(
        sa.update(Review).values(
            revision_id=sa.select(ReviewRevision.id)
            .where(ReviewRevision.review_id == Review.id)
            .scalar_subquery()
        )
    )
    session.execute(
        sa.insert(RevisionPoint),
        [
            {"revision_id": revisions[review], "item": f"C{at}.1", "points": points}
            for review, pair in zip(review_of, pairs, strict=True)
            for at, points in enumerate(split(totals[pair]), start=1)
        ],
    )


def panel(
    *,
    dossiers: int = 12,
    experts: tuple[str, ...] = EXPERTS,
    start: int = 1,
    step: Decimal = Decimal(3),
) -> dict[tuple[str, str], Decimal]:
    """Units that are a step apart; each expert has a severity and a small chance of his own."""
    return {
        (f"2030-{at:03d}", code): Decimal(92)
        - step * (at - start)
        + Decimal(number) / 2
        + Decimal((at * (number + 3) * 7) % 5) / 2
        for at in range(start, start + dossiers)
        for number, code in enumerate(experts)
    }


def apart() -> dict[tuple[str, str], Decimal]:
    """Two panels without a common dossier or expert."""
    return panel(dossiers=6) | panel(dossiers=6, experts=("E06", "E07", "E08", "E09", "E10"), start=7)
