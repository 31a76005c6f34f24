"""签字件登记: from print to scan, what a step waits for, going on without an original with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.services import (
    documents,
    publicity,
    publicity_release,
    scopes,
    signature_state,
    signature_views,
    signatures,
    supervision_notes,
    supervision_record,
)
from review_portal.services.signature_state import Key
from scoring_rubrics import Call, RubricFault, parse_call
from tests.factories_papers import pdf
from tests.factories_selection import CHAIR, Selection, decide, proposed
from tests.form_documents import green_call
from tests.selection_copies import copied

SCAN = pdf(1)
WHY = "专家已离渝，原件邮寄途中（示例）"
FACTS = {
    "contact_office": "节能与综合利用处（示例）",
    "contact_phone": "023-00000000",
    "contact_address": "示例路1号",
    "supervision_phone": "023-00000001",
}


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The final ranking is frozen and every paper that publicity waits for is back."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def finished(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The first round's reconciliation has ended; nothing is signed."""
    with copied(request, engine_name, "finished", tmp_path) as made, made.app.app_context():
        yield made


def today() -> date:
    return signatures._today()


def keys(made: Selection, kind: str) -> list[Key]:
    call = scopes.office_call(made.officer, made.call)
    found = signature_state.standings(db.session(), made.officer, call)
    return [item.paper.key for item in found if item.paper.kind.key == kind]


def step_of(made: Selection, key: Key) -> str | None:
    return signature_views.history(made.officer, call=made.call, key=key).step


def take(made: Selection, chosen: list[Key], step: str, actor: Viewer | None = None) -> int:
    return signatures.record(
        actor or made.officer, call=made.call, keys=chosen, step=step, happened_on=today(), note="示例"
    )


def test_paper_runs_from_print_to_scan(finished: Selection) -> None:
    first, second, *_more = keys(finished, "own_list")
    assert step_of(finished, first) is None
    take(finished, [first, second], "printed")
    take(finished, [first], "signed")
    take(finished, [first, second], "returned")  # a step left out is taken as done
    signatures.attach_scan(
        finished.officer, call=finished.call, key=first, name="签字.pdf", data=SCAN, happened_on=today()
    )
    assert (step_of(finished, first), step_of(finished, second)) == ("scanned", "returned")
    way = signature_views.history(finished.officer, call=finished.call, key=first)
    assert [step.step for step in way.steps] == ["printed", "signed", "returned", "scanned"]
    assert len({step.digest for step in way.steps}) == 1
    assert not way.changed
    name, data, media_type = signature_views.scan(finished.supervisor, call=finished.call, key=first)
    assert (name, data, media_type) == ("签字.pdf", SCAN, "application/pdf")
    with pytest.raises(Conflict, match="已登记过这一步"):
        take(finished, [first], "returned")


def test_bad_entries_are_told_and_change_nothing(finished: Selection) -> None:
    key, *_more = keys(finished, "summary")
    with pytest.raises(Invalid) as problem:
        signatures.record(
            finished.officer,
            call=finished.call,
            keys=[key],
            step="signed",
            happened_on=today() + timedelta(days=1),
        )
    assert set(problem.value.fields) == {"happened_on"}
    with pytest.raises(Invalid) as problem:
        take(finished, [key], "scanned")
    assert set(problem.value.fields) == {"step"}
    with pytest.raises(Invalid) as problem:
        take(finished, [], "signed")
    assert set(problem.value.fields) == {"papers"}
    with pytest.raises(Invalid) as problem:
        signatures.attach_scan(
            finished.officer, call=finished.call, key=key, name="a.pdf", data=b"MZ", happened_on=today()
        )
    assert set(problem.value.fields) == {"scan"}
    with pytest.raises(NotFound):
        take(finished, [("summary", "a" * 12, 1)], "signed")
    with pytest.raises(NotAllowed):
        take(finished, [key], "signed", finished.supervisor)
    with pytest.raises(NotFound):
        take(finished, [key], "signed", finished.expert(CHAIR))
    assert step_of(finished, key) is None


def test_paper_that_says_something_else_is_begun_anew(ranked: Selection) -> None:
    """The record of supervision is printed in its first version; the second is another paper to sign."""
    (node, other, *_more) = supervision_record.record(ranked.supervisor, call=ranked.call).nodes
    supervision_notes.note_normal(ranked.supervisor, call=ranked.call, nodes=[node.key])
    supervision_notes.make_form(ranked.supervisor, call=ranked.call)
    (first,) = keys(ranked, "supervision")
    take(ranked, [first], "printed")
    supervision_notes.note_normal(ranked.supervisor, call=ranked.call, nodes=[other.key])
    supervision_notes.make_form(ranked.supervisor, call=ranked.call)
    (second,) = keys(ranked, "supervision")
    assert (first[2], second[2]) == (1, 2)
    with pytest.raises(NotFound):  # the older edition is not signed any more
        take(ranked, [first], "returned")
    assert step_of(ranked, second) is None


def test_changed_content_is_told_and_not_taken(finished: Selection) -> None:
    """The first round's summary is printed before the shortlist is frozen: afterwards it says more."""
    from tests.factories_selection import _shortlist

    (key,) = keys(finished, "summary")
    take(finished, [key], "printed")
    _shortlist(finished)
    assert signature_views.history(finished.officer, call=finished.call, key=key).changed
    with pytest.raises(Conflict, match="内容已变化"):
        take(finished, [key], "returned")
    with pytest.raises(Invalid):
        signatures.annul(finished.officer, call=finished.call, key=key, reason="短")
    signatures.annul(finished.officer, call=finished.call, key=key, reason="冻结入围名单后内容已变化（示例）")
    assert step_of(finished, key) is None
    take(finished, [key], "returned")
    way = signature_views.history(finished.officer, call=finished.call, key=key)
    assert [step.step for step in way.steps] == ["printed", "annulled", "returned"]


def test_publicity_waits_for_the_originals_or_a_reason(ranked: Selection) -> None:
    decide(ranked, selected=proposed(ranked))
    (lost, *_more) = keys(ranked, "own_list")
    signatures.annul(ranked.officer, call=ranked.call, key=lost, reason="签字件遗失，须重新签字（示例）")
    publicity.draft(ranked.officer, call=ranked.call)
    publicity.update(
        ranked.officer,
        call=ranked.call,
        facts={**FACTS, "published_on": today().isoformat()},
        base_version=1,
    )
    with pytest.raises(Conflict, match="发布公示前还缺1份签字原件：专家评分清单"):
        publicity_release.ask_release(ranked.officer, call=ranked.call, reason="签字件办理中（示例）")
    with pytest.raises(Invalid):
        signatures.go_on(ranked.officer, call=ranked.call, gate="publicity", reason="急")
    assert signatures.go_on(ranked.officer, call=ranked.call, gate="publicity", reason=WHY) == 1
    publicity_release.ask_release(ranked.officer, call=ranked.call, reason="签字件办理中（示例）")
    (section,) = [
        part
        for part in signature_views.register(ranked.supervisor, call=ranked.call)
        if part.gate == "publicity"
    ]
    assert (section.missing, [one.reason for one in section.waived]) == (0, [WHY])
    with pytest.raises(Conflict, match="没有缺少的签字件"):
        signatures.go_on(ranked.officer, call=ranked.call, gate="publicity", reason=WHY)


def test_reason_covers_what_was_missing_then_and_one_step_alone(ranked: Selection) -> None:
    one, two, *_more = keys(ranked, "own_list")
    call = scopes.office_call(ranked.officer, ranked.call)
    for key in (one, two):
        signatures.annul(ranked.officer, call=ranked.call, key=key, reason="签字件遗失，须重新签字（示例）")
        if key == one:
            signatures.go_on(ranked.officer, call=ranked.call, gate="publicity", reason=WHY)
    session = db.session()
    assert [p.key for p in signature_state.missing(session, call, "publicity")] == [two]
    assert {one, two} <= {p.key for p in signature_state.missing(session, call, "archive")}


def test_archive_waits_for_scans_and_for_all_steps_before(ranked: Selection) -> None:
    call = scopes.office_call(ranked.officer, ranked.call)
    session = db.session()
    assert signature_state.missing(session, call, "publicity") == []
    lacking = {paper.kind.key for paper in signature_state.missing(session, call, "archive")}
    assert {"own_list", "summary", "workbook", "scheme"} <= lacking
    with pytest.raises(Conflict, match="归档前还缺"):
        signature_state.refuse_missing(session, call, "archive")


def test_experts_and_strangers_see_nothing_of_the_register(ranked: Selection) -> None:
    with pytest.raises(NotFound):
        signature_views.register(ranked.expert(CHAIR), call=ranked.call)
    for group in documents.listing(ranked.supervisor, call=ranked.call):
        assert group.papers


def with_signatures(before: str, after: str) -> Call:
    """The shipped rules with one line of [signatures] changed."""
    green = green_call()
    text = green.files["call.toml"].decode()
    assert before in text
    return parse_call({**green.files, "call.toml": text.replace(before, after).encode()}, green.slug)


def test_rules_name_each_kind_once_and_only_signed_ones() -> None:
    with pytest.raises(RubricFault, match="写了两次"):
        with_signatures('freeze = ["draw"]', 'freeze = ["draw", "scheme"]')
    with pytest.raises(RubricFault):
        with_signatures("[signatures]", "[signature]")
    with pytest.raises(Invalid, match="drawing"):
        signature_state.refuse_unknown(with_signatures('freeze = ["draw"]', 'freeze = ["drawing"]'))
    signature_state.refuse_unknown(green_call())
