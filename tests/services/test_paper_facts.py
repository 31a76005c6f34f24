"""补齐待填事项: what a paper leaves to the office is filled in on its page, and holds it back until it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import docx
import pytest

from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.exports import docx_blanks
from review_portal.models.calls import Call
from review_portal.services import (
    audit,
    documents,
    office_facts,
    paper_fact_views,
    paper_facts,
    publicity,
    scopes,
    signature_views,
    signatures,
)
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import Paper
from tests.engines import on_sqlite
from tests.factories_selection import Selection
from tests.selection_copies import copied

REQUEST = ("文号", "签发人", "主送", "成文日期")
SHARED = {"contact_office": "节能处（示例）", "contact_person": "示例", "contact_phone": "023-00000000"}


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The final ranking is frozen; inside an application context."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def row(made: Selection) -> Call:
    return scopes.office_call(made.officer, made.call)


def paper(made: Selection, kind: str) -> Paper:
    return catalogue.listed(made.officer, row(made), kinds={kind})[0]


def left(made: Selection, one: Paper) -> list[str]:
    return docx_blanks.blanks(documents.document(made.officer, call=made.call, key=one.key)[1])


def test_request_is_complete_only_after_its_own_and_the_shared_facts(ranked: Selection) -> None:
    one = paper(ranked, "request")
    page = paper_fact_views.page(ranked.officer, call=ranked.call, key=one.key)
    assert set(page.labels) == set(REQUEST)
    assert set(page.shared_open) == {"联系处室", "联系人", "联系电话"}
    assert documents.document(ranked.officer, call=ranked.call, key=one.key)[0].endswith("_待填.docx")
    with pytest.raises(Conflict, match="上会请示 第1版排名（文号、签发人"):
        sign(ranked, one)

    facts = dict.fromkeys(REQUEST, "示例") | {"文号": "示例请〔2023〕9号 <b>&"}
    assert paper_facts.record(ranked.officer, call=ranked.call, key=one.key, facts=facts) == 1
    with pytest.raises(Conflict, match="联系处室"):
        sign(ranked, one)
    office_facts.record(ranked.officer, call=ranked.call, facts=SHARED)
    name, data = documents.document(ranked.officer, call=ranked.call, key=one.key)
    assert name == "上会请示_第1版排名.docx"
    document = docx.Document(BytesIO(data))
    assert "示例请〔2023〕9号 <b>&" in document.paragraphs[0].text
    assert not [run for part in document.paragraphs for run in part.runs if run.font.highlight_color]
    assert data == documents.document(ranked.officer, call=ranked.call, key=one.key)[1]
    sign(ranked, one)
    assert audit.verify().broken_at is None


def sign(made: Selection, one: Paper) -> None:
    signatures.record(
        made.officer, call=made.call, keys=[one.key], step="printed", happened_on=date(2023, 3, 10)
    )


def test_versions_are_kept_and_nothing_is_lost_to_a_second_pair_of_hands(ranked: Selection) -> None:
    one, facts = paper(ranked, "request"), {"文号": "示例请〔2023〕9号", "主送": "  "}
    given = {"call": ranked.call, "key": one.key}
    assert paper_facts.record(ranked.officer, **given, facts={}) == 0
    assert paper_facts.record(ranked.officer, **given, facts=facts) == 1
    assert paper_facts.record(ranked.officer, **given, facts=facts) == 1  # the same form, sent twice
    with pytest.raises(Conflict, match="已被他人修改"):
        paper_facts.record(ranked.second, **given, facts={"文号": "示例请〔2023〕10号"})
    assert paper_facts.record(ranked.second, **given, facts={"签发人": "示例"}, seen=1) == 2
    with pytest.raises(Invalid) as refused:
        paper_facts.record(ranked.officer, **given, facts={"文号": "号" * 101}, seen=2)
    assert set(refused.value.fields) == {"文号"}
    with pytest.raises(NotFound):  # not one of this paper
        paper_facts.record(ranked.officer, **given, facts={"联系人": "示例"}, seen=2)
    with pytest.raises((NotAllowed, NotFound)):
        paper_facts.record(ranked.supervisor, **given, facts=facts, seen=2)
    assert left(ranked, one)[:1] == ["文号"]  # the newest version counts alone
    assert "签发人" not in left(ranked, one)


def test_scheme_is_offered_the_days_on_record_and_prints_them_only_once_saved(ranked: Selection) -> None:
    one = paper(ranked, "scheme")
    page = paper_fact_views.page(ranked.officer, call=ranked.call, key=one.key)
    assert {"形式审查完成日期", "专家书面评审时间、地点", "现场答辩时间、地点"} <= set(page.offered)
    assert "会议审定日期" in page.labels and "会议审定日期" not in page.offered  # not decided yet
    assert "形式审查完成日期" in left(ranked, one)
    facts = dict(page.offered) | {"会议审定日期": "2023年3月13日"}
    paper_facts.record(ranked.officer, call=ranked.call, key=one.key, facts=facts)
    assert left(ranked, one) == [label for label in page.labels if label not in facts]
    again = paper_fact_views.page(ranked.officer, call=ranked.call, key=one.key)
    assert (again.offered, again.facts) == ({}, facts)


def test_paper_changed_after_it_was_printed_is_told(ranked: Selection) -> None:
    one = paper(ranked, "scheme")
    labels = paper_fact_views.page(ranked.officer, call=ranked.call, key=one.key).labels
    facts = dict.fromkeys(labels, "2023年3月1日")
    paper_facts.record(ranked.officer, call=ranked.call, key=one.key, facts=facts)
    sign(ranked, one)
    assert not signature_views.history(ranked.officer, call=ranked.call, key=one.key).changed
    later = facts | {labels[0]: "2023年3月2日"}
    paper_facts.record(ranked.officer, call=ranked.call, key=one.key, facts=later, seen=1)
    assert signature_views.history(ranked.officer, call=ranked.call, key=one.key).changed


OPEN = {  # kinds whose papers leave something to the office while nothing is filled in
    "assigned": {"scheme", "receipt", "rejection"},
    "ranked": {"scheme", "receipt", "certificate", "sign_in", "request", "notice", "rejection"},
    "decided": {"scheme", "receipt", "certificate", "sign_in", "request", "notice", "rejection"},
}


@pytest.mark.parametrize("phase", OPEN)
@on_sqlite
def test_no_paper_with_an_open_fact_is_signed_or_passes_for_complete(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path, phase: str
) -> None:
    """Over every paper of every kind: what leaves something open says so in its name and is not signed.

    It is a draft that its own act refuses to release, or has a page that fills it.
    """
    with copied(request, engine_name, phase, tmp_path) as made, made.app.app_context():
        if phase != "assigned":
            publicity.draft(made.officer, call=made.call)
        signed = {
            line.paper.key
            for section in signature_views.register(made.officer, call=made.call)
            for line in section.lines
        }
        seen = set()
        for one in catalogue.listed(made.officer, row(made)):
            name, data = catalogue.make(made.officer, row(made), one)
            labels = docx_blanks.blanks(data) if one.kind.suffix == "docx" else []
            assert name.endswith("_待填.docx") == bool(labels), name
            if not labels:
                continue
            seen.add(one.kind.key)
            page = paper_fact_views.page(made.officer, call=made.call, key=one.key)
            assert set(labels) <= {*page.labels, *page.shared_open} or "草稿" in name, name
            assert one.key not in signed or one.kind.fills or one.draft, name
            if one.key in signed and not one.draft:
                with pytest.raises(Conflict, match="补齐待填事项") as refused:
                    sign(made, one)
                assert all(label in str(refused.value) for label in labels)
        assert seen == OPEN[phase]
