"""Objections to a frozen ranking, played through the services; and a sheet as if it had come on paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from review_portal.db import db, now, transaction
from review_portal.models.accounts import Account
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert
from review_portal.models.reviews import Review, RevisionPoint
from review_portal.models.transcriptions import PaperScan, PaperSheet, TranscribedRevision, Transcription
from review_portal.services import (
    account_views,
    accounts,
    assignments,
    defense_orders,
    defense_records,
    defense_room,
    defenses,
    elections,
    experts,
    files,
    panels,
    passwords,
    reexamination_versions,
    reexaminations,
    reviews,
    rounds,
)
from review_portal.services.accounts import Person
from tests import factories
from tests.factories_selection import (
    Selection,
    attendees,
    own_reviews,
    panels_round,
    sheet,
)

LOOK = "专家组已查看规则差异，维持原规则（示例）。"
GROUNDS = "异议单位来函称计分有误，附有关材料（示例）。"
OTHERS = ("乙示例", "丙示例", "辛示例", "子示例", "丑示例")  # of the pool, on no panel of the selection


def ask(made: Selection, kind: str, numbers: Sequence[str], **more: object) -> str:
    """The secretariat's request; the approval's public id."""
    given: dict[str, object] = {
        "reference": "异议〔2023〕1号（示例）",
        "received_on": date(2023, 3, 17),
        "grounds": GROUNDS,
        "request_key": f"{kind}-{'-'.join(numbers)}",
        **more,
    }
    return reexaminations.ask(
        made.officer,
        call=made.call,
        kind=kind,
        dossiers=[made.numbers[number] for number in numbers],
        **given,  # type: ignore[arg-type]
    )


def opened(made: Selection, kind: str, numbers: Sequence[str], **more: object) -> str:
    """An open re-examination; its public id."""
    reexaminations.decide(made.supervisor, approval=ask(made, kind, numbers, **more), approve=True)
    return reexamination_versions.list_of(made.officer, call=made.call)[0].public_id


def settle(made: Selection, reexamination: str, chair: str) -> str:
    """The chair freezes the new version as it was tried out."""
    shown = reexamination_versions.trial(made.expert(chair), reexamination=reexamination)
    assert shown.view is not None, shown.waits
    return reexamination_versions.freeze_version(
        made.expert(chair), reexamination=reexamination, digest=shown.view.digest, look=LOOK
    )


def review_of(made: Selection, round_: str, name: str, number: str) -> str:
    """Public id of an expert's sheet."""
    return db.session.scalars(
        sa.select(Review.public_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Expert, Expert.id == Review.expert_id)
        .where(Review.round_id == panels_round(round_), Expert.name == name, Dossier.number == number)
    ).one()


def points_of(review: str) -> dict[str, Decimal]:
    """What counts on a sheet now."""
    return dict(
        db.session.execute(
            sa.select(RevisionPoint.item, RevisionPoint.points)
            .join(Review, Review.revision_id == RevisionPoint.revision_id)
            .where(Review.public_id == review)
        ).all()
    )


def typed_from_paper(made: Selection, name: str, number: str) -> str:
    """The expert's written sheet as if two clerks had typed it from a signed paper. Returns the review."""
    review = review_of(made, made.written, name, number)
    with transaction() as session:
        row = session.scalars(sa.select(Review).where(Review.public_id == review)).one()
        by = session.scalars(sa.select(Account.id).order_by(Account.id).limit(1)).one()
        kept = files.put(
            session, f"scan {row.id}".encode(), name="评分表.png", media_type="image/png", actor_id=by
        )
        paper = PaperSheet(
            review_id=row.id, ordinal=1, kind="paper", reason="示例", registered_at=now(), registered_by=by
        )
        session.add(paper)
        session.flush()
        scan = PaperScan(
            review_id=row.id,
            file_id=kept.id,
            sha256=kept.sha256,
            sizes=[[60, 84]],
            signature_checked_by="示例会务",
            received_at=now(),
            received_by=by,
        )
        entries = [
            Transcription(
                paper_id=paper.id,
                role=role,
                ordinal=1,
                body={},
                differing=None,
                request_key=f"{review}-{role}",
                entered_at=now(),
                entered_by=by,
            )
            for role in ("counting_clerk", "checking_clerk")
        ]
        session.add_all((scan, *entries))
        session.flush()
        session.add(
            TranscribedRevision(
                revision_id=row.revision_id,
                paper_id=paper.id,
                scan_id=scan.id,
                counting_id=entries[0].id,
                checking_id=entries[1].id,
                made_at=now(),
            )
        )
    return review


def seat_others(
    made: Selection, round_: str, names: Sequence[str] = OTHERS
) -> dict[str, factories.Credential]:
    """Accounts for experts who have not scored yet, and their panel for a draft round."""
    pool = {line.name: line.public_id for line in experts.list_experts(made.officer, call=made.call)}
    people = [Person(f"other-{n}", name, "expert", pool[name]) for n, name in enumerate(names, start=1)]
    asked = accounts.open_accounts(made.officer, call=made.call, people=people, reason="重新评审（示例）")
    assert asked is not None
    accounts.approve_accounts(made.second, approval=asked, approve=True)
    rows = {row.name: row.public_id for row in account_views.list_accounts(made.officer, call=made.call)}
    panels.set_panel(made.officer, round_=round_, experts=[pool[name] for name in names])
    return {
        name: factories.settle(passwords.issue_password(made.officer, account=rows[name])) for name in names
    }


def score_again(
    made: Selection, round_: str, shares: Mapping[str, str], names: Sequence[str] = OTHERS
) -> Selection:
    """The new round from its panel to the end of its reconciliation, through the ordinary services."""
    known = seat_others(made, round_, names)
    again = _with(made, known)
    if rounds.view(again.officer, round_=round_).stage == "onsite_defense":
        _draw_order(again, round_)
    else:
        assignments.assign_all(again.officer, round_=round_)
    rounds.open_round(again.officer, round_=round_, deadline=None)
    members = panels.list_members(again.officer, round_=round_)
    for member in members:
        panels.sign_in(again.officer, member=member.public_id, checked_by="示例会务")
    chair = next(member.public_id for member in members if member.name == names[0])
    elections.elect_chair(
        again.officer, round_=round_, member=chair, method="举手", votes=len(names) - 1, witness="示例监督甲"
    )
    view = rounds.view(again.officer, round_=round_)
    if view.stage == "onsite_defense":
        _record_turns(again, round_)
    rubric = view.rules.rubric_of(view.stage)
    for at, name in enumerate(names):
        viewer = again.expert(name)
        reviews.sign_pledge(viewer, round_=round_)
        for number, dossier, review in own_reviews(round_, viewer):
            reviews.declare(viewer, dossier=dossier, answer="clear")
            reviews.submit_review(
                viewer,
                review=review,
                sheet=sheet(rubric, number, shares[number], at),
                base_version=0,
                request_key=f"again-{number}-{at}",
            )
    factories.close_round(again.expert(names[0]), again.supervisor, round_=round_)
    asked = rounds.ask_unseal(again.expert(names[0]), round_=round_, reason="重新评审结束（示例）")
    rounds.decide_unseal(again.supervisor, approval=asked, approve=True)
    rounds.finish_round(
        again.expert(names[0]), round_=round_, reason="触发处已逐一核对，不提请复议（示例）。"
    )
    return again


def _draw_order(made: Selection, round_: str) -> None:
    defenses.prepare(made.officer, round_=round_)
    defense_orders.commit(made.officer, round_=round_)
    called = {"number": "0428", "caller": "甲单位代表（示例）", "witness": "示例监督甲"}
    defense_orders.draw(made.officer, round_=round_, **called)


def _record_turns(made: Selection, round_: str) -> None:
    for slot in defense_room.list_slots(made.officer, round_=round_):
        defense_records.record(made.officer, slot=slot.public_id, attendees=attendees(), result="recommended")


def _with(made: Selection, known: Mapping[str, factories.Credential]) -> Selection:
    return dataclasses.replace(made, experts={**made.experts, **known})
