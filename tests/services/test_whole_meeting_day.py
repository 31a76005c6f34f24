"""The checklist of a day that has come to its end: the facts beside every step, all of it ticked."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_portal.domain.errors import NotAllowed
from review_portal.services import audit, meeting_views, meetings
from tests.factories_selection import CHAIR
from tests.selection_copies import copied


def test_whole_day_is_ticked_with_the_facts_beside(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "finished", tmp_path) as made, made.app.app_context():
        found = meeting_views.checklist(made.officer, round_=made.written)
        words = {
            item.step.name: item.known.words.msgid % item.known.words.params
            for item in found.steps
            if item.known
        }
        assert words == {
            "签到并核验身份": "已签到5／5人，在场5人",
            "签署承诺": "到会专家已签署5／5人",
            "推举组长": "已登记，得4票，到会5人",
            "独立评分": "已提交29／29份",
            "封存": f"{CHAIR}申请，{made.supervisor.name}同意",
            "启封": f"{CHAIR}申请，{made.supervisor.name}同意",
            "复议": "已结束，复议2件",
        }
        for viewer, side in ((made.officer, "secretariat"), (made.supervisor, "supervisor")):
            for item in found.steps:
                if item.step.by in (side, "both"):
                    meetings.tick(viewer, round_=made.written, number=item.number)
            assert meeting_views.due(viewer, call=made.call) is None
        assert audit.verify().holds


def test_chair_reads_and_ticks_nothing(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "finished", tmp_path) as made, made.app.app_context():
        chair = made.expert(CHAIR)
        assert meeting_views.checklist(chair, round_=made.written).side is None
        with pytest.raises(NotAllowed):
            meetings.tick(chair, round_=made.written, number=2)
        with pytest.raises(NotAllowed):
            meeting_views.list_presence(chair, round_=made.written)
