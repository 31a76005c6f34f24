"""What the same hands may not do a second time: own sheets, results and passwords after points are known."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review
from review_portal.services import (
    audit,
    defense_records,
    defense_room,
    logins,
    passwords,
    reconciliation,
    rounds,
)
from tests import factories
from tests import factories_selection as played


def test_locking_an_account_is_on_the_trail(app: Flask) -> None:
    office = factories.office(app)
    with app.app_context():
        for _attempt in range(app.extensions["settings"].lock_after):
            with pytest.raises(Invalid):
                logins.log_in(office.officer.login, "不是这个密码")
        actions = db.session.scalars(
            sa.select(audit.AuditEntry.action).where(
                audit.AuditEntry.object_id == office.officer.public_id,
                audit.AuditEntry.action == "lock_account",
            )
        ).all()
    assert actions == ["lock_account"]


def test_administrator_cannot_take_over_an_officer_once_a_call_is_published(app: Flask) -> None:
    office = factories.office(app)
    factories.bare_call(app, published=True)
    with app.app_context(), pytest.raises(NotAllowed, match="在主机上重置"):
        passwords.issue_password(office.administrator.viewer(app), account=office.officer.public_id)


def test_chair_opens_no_case_on_an_own_sheet_that_no_rule_flags(app: Flask) -> None:
    made = played.selection(app, at="sealed")
    with app.app_context():
        chair = made.expert(played.CHAIR)
        asked = rounds.ask_unseal(chair, round_=made.written, reason="评分已结束，申请启封（示例）")
        rounds.decide_unseal(made.office.supervisor_a.viewer(app), approval=asked, approve=True, note="同意")
        code = made.codes(made.written)[played.CHAIR]
        own = db.session.scalars(
            sa.select(Review.dossier_id)
            .join(PanelMember, PanelMember.expert_id == Review.expert_id)
            .where(PanelMember.code == code, Review.state == "submitted")
        ).first()
        dossier = db.session.scalar(
            sa.text("SELECT public_id FROM dossiers WHERE id = :id").bindparams(id=own)
        )
        with pytest.raises(Conflict, match="组长本人的评分未触发规则"):
            reconciliation.open_cases(
                chair,
                round_=made.written,
                dossier=dossier,
                codes=[code],
                question="本人评分是否偏低，请说明。",
                grounds="本人评分需要说明（示例），未触发规则。",
            )


def test_a_defense_result_stands_once_points_are_known(app: Flask) -> None:
    made = played.selection(app, at="defending")
    with app.app_context():
        turn = next(
            row
            for row in defense_room.list_slots(made.officer, round_=made.defense)
            if row.result == "recommended"
        )
        db.session.execute(
            sa.text("UPDATE rounds SET state = 'finished' WHERE public_id = :id"), {"id": made.defense}
        )
        db.session.commit()
        with pytest.raises(Conflict, match="答辩结论不能再改"):
            defense_records.record(
                made.officer,
                slot=turn.public_id,
                attendees=[("示例主讲人", "主讲人", True)],
                result="not_recommended",
                reason="改变看法（示例）",
            )
