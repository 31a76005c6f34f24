"""The bodies of a ranking's pages from the database: 2,000 dossiers x 3 experts in each of two rounds.

What a page asks for before anything is drawn: the shortlist tried out after the first round, the final
ranking with all other rules beside it, the experts' own totals, what is known of each dossier.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import sqlalchemy as sa

from review_portal import create_app
from review_portal.db import Model, db, transaction
from review_portal.domain.policy import Viewer
from review_portal.factory import prepare_database
from review_portal.models.accounts import Account, Grant
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier, DossierUnit, DossierVersion
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.files import StoredFile
from review_portal.models.reviews import Review, ReviewRevision, RevisionPoint
from review_portal.services import accounts, calls, ranking, ranking_body
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

DOSSIERS, EXPERTS, EACH, RUNS = 2_000, 90, 3, 5
AT = datetime(2023, 3, 1, 1, 0, tzinfo=UTC)
TARGET = 1.0  # seconds of CPU on the server
FOLDER = "green_platform_2023"


def main() -> None:
    """One table and the ratio of the slowest body to its target."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(instance=Path(folder), testing=True)
        prepare_database(app)
        with app.app_context():
            viewer, rounds = _filled()
            taken = {name: _measured(act) for name, act in _acts(viewer, rounds).items()}
            db.session.remove()
            db.engine.dispose()
    width = max(map(len, taken))
    for name, seconds in taken.items():
        print(f"{name:<{width}}  {seconds:6.3f} s CPU")
    print(f"ratio to the target of {TARGET:g} s: {max(taken.values()) / TARGET:.2f}")


def _acts(viewer: Viewer, rounds: Sequence[str]) -> dict[str, Callable[[], Any]]:
    written, defense = rounds
    shown = ranking.view(viewer, round_=defense)
    return {
        "shortlist of the first round, tried out": lambda: ranking.view(viewer, round_=written),
        "final ranking over both rounds, tried out": lambda: ranking.view(viewer, round_=defense),
        "experts' own totals beside it": lambda: ranking.composites(viewer, round_=defense, body=shown.body),
        "standings": lambda: ranking_body.standings(db.session(), _call()),
    }


def _measured(act: Callable[[], object]) -> float:
    times = []
    for _run in range(RUNS):
        db.session.rollback()
        db.session.expunge_all()
        began = time.process_time()
        act()
        times.append(time.process_time() - began)
    return median(times)


def _call() -> Call:
    return db.session.scalars(sa.select(Call)).one()


def _filled() -> tuple[Viewer, list[str]]:
    """A call with two finished rounds, everybody shortlisted and recommended."""
    _administrator, officer = accounts.bootstrap()
    account = db.session.scalars(sa.select(Account).where(Account.login == officer.login)).one()
    grants = frozenset(
        (role, call) for role, call in db.session.execute(sa.select(Grant.role, Grant.call_id))
    )
    viewer = Viewer(account.id, account.public_id, account.name, grants)
    public_id = calls.create_call(viewer, folder=FOLDER)
    with transaction() as session:
        call = session.scalars(sa.select(Call).where(Call.public_id == public_id)).one()
        call.state = "reviewing"
        rounds = list(session.scalars(sa.select(Round).order_by(Round.position)))
        for round_ in rounds:
            round_.state, round_.frozen, round_.finished_at = "finished", {}, AT
        by = account.id
        stored = StoredFile(sha256="0" * 64, size=1, name="示例.docx", media_type="docx", stored_at=AT)
        session.add(stored)
        session.flush()
        _dossiers(session, call.id, stored.id, by)
        _experts(session, rounds)
        for seed, round_ in enumerate(rounds, start=1):
            _sheets(session, round_, rules_of(call), by, seed)
        _results(session, rounds[-1], by)
        return viewer, [round_.public_id for round_ in rounds]


def _insert(session: Any, table: type[Model], rows: list[dict[str, Any]]) -> None:
    session.execute(sa.insert(table), rows)


def _dossiers(session: Any, call: int, file: int, by: int) -> None:
    rows = range(1, DOSSIERS + 1)
    _insert(
        session,
        Dossier,
        [
            {
                "id": n,
                "public_id": f"d{n:011d}",
                "call_id": call,
                "number": f"2023-{n:05d}",
                "unit_name": f"示例单位{n}",
                "name_key": str(n),
                "recommender": "示例区（示例）",
                "district": "示例区",
                "state": "eligible",
                "received_at": AT,
                "current_version_id": n,
            }
            for n in rows
        ],
    )
    version = {"ordinal": 1, "file_id": file, "form": {}, "digest": "0", "units_digest": "0"}
    version |= {"overall": "eligible", "received_at": AT, "created_at": AT, "created_by": by}
    _insert(
        session,
        DossierVersion,
        [{"id": n, "public_id": f"v{n:011d}", "dossier_id": n, **version} for n in rows],
    )
    _insert(
        session,
        DossierUnit,
        [
            {"version_id": n, "position": at, "name": f"示例成员{n}-{at}", "role": "member"}
            for n in rows
            for at in (1, 2)
        ],
    )


def _experts(session: Any, rounds: Sequence[Round]) -> None:
    texts = {
        "employer": "示例",
        "title": "教授",
        "field": "能源",
        "email": "a@example.org",
        "district": "示例",
    }
    people = range(1, EXPERTS + 1)
    _insert(
        session,
        Expert,
        [
            {"id": n, "public_id": f"e{n:011d}", "name": f"示例{n}", "name_key": str(n), "phone": str(n)}
            | texts
            for n in people
        ],
    )
    _insert(
        session,
        PanelMember,
        [
            {
                "public_id": f"m{round_.position}{n:010d}",
                "round_id": round_.id,
                "expert_id": n,
                "order_key": str(n),
                "code": f"E{n:02d}",
            }
            for round_ in rounds
            for n in people
        ],
    )


def _sheets(session: Any, round_: Round, rules: Rules, by: int, seed: int) -> None:
    """EACH sheets a dossier, points around a quality of its own."""
    random, rubric = np.random.default_rng(seed), rules.rubric_of(round_.stage)
    base = (round_.position - 1) * DOSSIERS * EACH
    pairs = [
        (dossier, int(expert))
        for dossier in range(1, DOSSIERS + 1)
        for expert in random.choice(EXPERTS, EACH, replace=False) + 1
    ]
    keys = [base + at for at in range(1, len(pairs) + 1)]
    _insert(
        session,
        Review,
        [
            {
                "id": key,
                "public_id": f"r{key:011d}",
                "round_id": round_.id,
                "expert_id": expert,
                "dossier_version_id": dossier,
                "dossier_id": dossier,
                "state": "submitted",
                "assigned_at": AT,
                "assigned_by": by,
                "revision_id": key,
            }
            for key, (dossier, expert) in zip(keys, pairs, strict=True)
        ],
    )
    sheet = {"ordinal": 1, "opinion": "示例意见", "salt": "0", "commitment": "0", "submitted_at": AT}
    _insert(
        session,
        ReviewRevision,
        [
            {"id": key, "public_id": f"s{key:011d}", "review_id": key, "request_key": str(key), **sheet}
            for key in keys
        ],
    )
    part = np.clip(random.normal(0.8, 0.1, (len(keys), len(rubric.items))), 0, 1)
    _insert(
        session,
        RevisionPoint,
        [
            {
                "revision_id": key,
                "item": item.key,
                "points": (item.max_score * Decimal(str(round(float(share), 2)))).quantize(Decimal("0.01")),
            }
            for key, shares in zip(keys, part, strict=True)
            for item, share in zip(rubric.items, shares, strict=True)
        ],
    )


def _results(session: Any, round_: Round, by: int) -> None:
    rows = range(1, DOSSIERS + 1)
    _insert(
        session,
        DefenseSlot,
        [
            {"id": n, "public_id": f"t{n:011d}", "round_id": round_.id, "dossier_id": n, "position": n}
            for n in rows
        ],
    )
    record = {"ordinal": 1, "attendees": [], "exchanges": [], "result": "recommended", "conditions": ""}
    _insert(
        session,
        DefenseRecord,
        [{"slot_id": n, "recorded_at": AT, "recorded_by": by, **record} for n in rows],
    )


if __name__ == "__main__":
    main()
