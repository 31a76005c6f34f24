"""A large unsealed round stored in a database of its own, with its chair logged in; rows made from a seed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from review_portal import create_app
from review_portal.db import db, transaction
from review_portal.factory import prepare_database
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, ChairElection, Round, RuleSet
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.files import StoredFile
from review_portal.models.reviews import Review, ReviewRevision, RevisionPoint
from review_portal.services import accounts, logins
from scoring_rubrics import Call as Rules
from scoring_rubrics import Item, load_call

GREEN = Path(__file__).parents[1] / "scoring_rubrics" / "green_platform_2023"
AT = datetime(2023, 3, 1, tzinfo=UTC)
PASSWORD = "示例-password-2023"
COMMENTS = ("内容完整，依据充分。", "依据不足，缺少可核查的数据。", "对照评分要点逐项核对。")


@contextmanager
def stored_round(
    dossiers: int, experts: int, each: int, *, state: str = "reconciling", seed: int = 1
) -> Iterator[tuple[FlaskClient, str]]:
    """The chair's browser and the round's public id; every dossier is read by `each` different experts."""
    with TemporaryDirectory() as folder:
        app = create_app(instance=Path(folder), testing=True, database_url="")
        prepare_database(app)
        rules = load_call(GREEN)
        with app.app_context():
            new = accounts.create_from_host("chair", "示例组长", "expert")
            _change_password(new.login, new.password)
            round_ = _write(rules, dossiers, experts, each, state, seed)
        yield _logged_in(app), round_
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _change_password(login: str, password: str) -> None:
    token = logins.log_in(login, password)
    viewer = logins.viewer_of(token)
    assert viewer is not None
    logins.change_password(viewer, current=password, new=PASSWORD, again=PASSWORD, token=token)


def _logged_in(app: Flask) -> FlaskClient:
    from tests.visitor import Visitor

    visitor = Visitor(app)
    visitor.log_in("chair", PASSWORD)
    return visitor.client


def _write(rules: Rules, dossiers: int, experts: int, each: int, state: str, seed: int) -> str:
    """All rows, in bulk."""
    random = np.random.default_rng(seed)
    with transaction() as session:
        chair = session.scalars(sa.select(Account.id)).one()
        files = {name: data.decode() for name, data in rules.files.items()}
        held = RuleSet(digest=rules.digest, slug=rules.slug, files=files, stored_at=AT)
        scan = StoredFile(sha256="0" * 64, size=1, name="示例.docx", media_type="docx", stored_at=AT)
        session.add_all((held, scan))
        session.flush()
        call = Call(rule_set_id=held.id, title=rules.title, state="reviewing", created_at=AT)
        session.add(call)
        session.flush()
        ended = AT if state == "finished" else None
        row = Round(
            call_id=call.id,
            stage="written_review",
            position=1,
            state=state,
            opened_at=AT,
            closed_at=AT,
            unsealed_at=AT,
            finished_at=ended,
            frozen={},
            frozen_digest="0" * 64,
        )
        session.add(row)
        session.flush()

        def write(model: Any, rows: list[dict[str, Any]]) -> None:
            session.execute(sa.insert(model), rows)

        write(Expert, [_expert(n, chair if n == 1 else None) for n in range(1, experts + 1)])
        write(PanelMember, [
            {"id": n, "public_id": secrets.token_hex(6), "round_id": row.id, "expert_id": n,
             "code": f"E{n:02d}", "order_key": f"{n:032d}"} for n in range(1, experts + 1)
        ])  # fmt: skip
        session.add(ChairElection(round_id=row.id, member_id=1, method="举手", votes=5, voters=5,
                                  witness="示例", elected_at=AT, recorded_by=chair))  # fmt: skip
        write(Dossier, [_dossier(n, call.id) for n in range(1, dossiers + 1)])
        write(DossierVersion, [
            {"id": n, "public_id": secrets.token_hex(6), "dossier_id": n, "ordinal": 1, "file_id": scan.id,
             "form": {}, "digest": f"{n:064d}", "units_digest": f"{n:064d}", "overall": "eligible",
             "received_at": AT, "created_at": AT, "created_by": chair} for n in range(1, dossiers + 1)
        ])  # fmt: skip
        pairs = [
            (dossier, int(expert) + 1)
            for dossier in range(1, dossiers + 1)
            for expert in random.choice(experts, each, replace=False)
        ]
        write(Review, [
            {"id": n, "public_id": secrets.token_hex(6), "round_id": row.id, "expert_id": expert,
             "dossier_version_id": dossier, "dossier_id": dossier, "state": "submitted", "assigned_at": AT,
             "assigned_by": chair, "revision_id": n} for n, (dossier, expert) in enumerate(pairs, 1)
        ])  # fmt: skip
        write(ReviewRevision, [
            {"id": n, "public_id": secrets.token_hex(6), "review_id": n, "ordinal": 1, "salt": "0" * 64,
             "opinion": "总体可行，建议细化首年任务（示例）。", "commitment": f"{n:064d}",
             "request_key": f"{n:064d}", "submitted_at": AT} for n in range(1, len(pairs) + 1)
        ])  # fmt: skip
        write(RevisionPoint, _points(rules, pairs, random))
        return row.public_id


def _expert(number: int, account: int | None) -> dict[str, Any]:
    return {
        "id": number, "public_id": secrets.token_hex(6), "account_id": account, "name": f"示例{number}",
        "name_key": f"{number:04d}", "employer": f"示例单位{number}", "title": "教授", "field": "能源",
        "phone": f"{number:011d}", "email": f"z{number}@example.org", "district": "示例区",
    }  # fmt: skip


def _dossier(number: int, call_id: int) -> dict[str, Any]:
    return {
        "id": number, "public_id": secrets.token_hex(6), "call_id": call_id, "number": f"2023-{number:04d}",
        "unit_name": f"示例节能服务有限公司{number:04d}", "name_key": f"{number:04d}",
        "recommender": "示例区经济和信息化委员会", "district": "示例区", "state": "eligible",
        "received_at": AT, "current_version_id": number,
    }  # fmt: skip


def _points(rules: Rules, pairs: list[tuple[int, int]], random: np.random.Generator) -> list[dict[str, Any]]:
    """Quality of the dossier, severity of the expert, chance; a comment beside every fifth item."""
    quality = random.normal(0.75, 0.08, max(dossier for dossier, _expert in pairs) + 1)
    severity = random.normal(0, 0.04, max(expert for _dossier, expert in pairs) + 1)
    items: tuple[Item, ...] = rules.rubric_of("written_review").items
    chance = random.normal(0, 0.08, (len(pairs), len(items)))
    talks = random.random((len(pairs), len(items))) < 0.2
    rows = []
    for at, (dossier, expert) in enumerate(pairs):
        for place, item in enumerate(items):
            share = min(1.0, max(0.0, quality[dossier] + severity[expert] + chance[at, place]))
            points = round(float(item.max_score) * share / float(item.step)) * item.step
            comment = COMMENTS[(at + place) % len(COMMENTS)] if talks[at, place] else ""
            rows.append({"revision_id": at + 1, "item": item.key, "points": points, "comment": comment})
    return rows
