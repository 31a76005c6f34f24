"""Affinity from its parts; missing stays missing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from review_portal.assignment import affinity as affinity_module
from review_portal.assignment.affinity import (
    AffinityWeights,
    combine,
    history_match,
    specialty_match,
    text_match,
)
from review_portal.domain.errors import Invalid

TEXTS = [
    "重点用能单位能耗在线监测与节能诊断",
    "绿色制造供应链金融与碳资产管理",
    "Green ＦＩＮＡＮＣＥ 平台",
    "能",
]
EXPERTS = ["能耗监测 节能诊断", "碳资产与绿色金融", "green finance", ""]


def one(value: float) -> np.ndarray:
    return np.array([[value]])


def test_known_parts_are_weighted_and_unknown_ones_left_out() -> None:
    weights = AffinityWeights()
    assert combine(weights, specialty=one(1.0), text=one(0.5), history=one(0.0))[0, 0] == pytest.approx(0.75)
    assert combine(weights, specialty=one(1.0), text=one(np.nan), history=one(0.0))[0, 0] == pytest.approx(
        6 / 7
    )
    assert np.isnan(combine(weights, specialty=one(np.nan), text=one(np.nan), history=one(np.nan))[0, 0])


def test_part_without_weight_does_not_make_a_pair_known() -> None:
    weights = AffinityWeights(1.0, 0.0, 0.0)
    assert np.isnan(combine(weights, specialty=one(np.nan), text=one(0.5), history=one(0.5))[0, 0])


def test_default_weights_are_marked_as_assumed() -> None:
    weights = AffinityWeights()
    assert (weights.specialty, weights.text, weights.history, weights.basis) == (0.6, 0.3, 0.1, "assumed")


@pytest.mark.parametrize("values", [(0.0, 0.0, 0.0), (-0.1, 0.5, 0.5)])
def test_weights_without_sense_are_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(Invalid):
        AffinityWeights(*values)


def test_specialty_is_the_share_of_what_the_dossier_asks_for() -> None:
    found = specialty_match([{"能源", "财务"}, {"能源"}, set()], [{"能源"}, {"能源", "财务", "制造"}, set()])
    assert found[:2, :2].tolist() == [[0.5, 1.0], [1.0, 1.0]]
    assert np.isnan(found[2]).all() and np.isnan(found[:, 2]).all()


def test_history_rises_ever_slower_and_counts_the_dossiers_specialties_alone() -> None:
    served = [{}, {"能源": 1}, {"能源": 3, "财务": 1}, {"制造": 9}]
    found = history_match([{"能源"}, {"能源", "财务"}, set()], served)
    assert found[:2].tolist() == [[0.0, 0.5, 0.75, 0.0], [0.0, 0.5, 0.8, 0.0]]
    assert np.isnan(found[2]).all()


def test_text_finds_the_expert_of_the_field_in_any_width_and_case() -> None:
    found = text_match(TEXTS, EXPERTS)
    assert np.nanargmax(found[:3], axis=1).tolist() == [0, 1, 2]
    assert np.isnan(found[3]).all() and np.isnan(found[:, 3]).all()
    assert ((found[:3, :3] >= 0) & (found[:3, :3] <= 1)).all()


def test_cosine_of_bigrams_by_hand() -> None:
    """Three texts of two bigrams: 节能 is in all of them, 能一 in two, 能二 in one."""
    found = text_match(["节能一"], ["节能一", "节能二"])
    common, pair, alone = math.log(4 / 4) + 1, math.log(4 / 3) + 1, math.log(4 / 2) + 1
    expected = common * common / (math.hypot(common, pair) * math.hypot(common, alone))
    assert found[0].tolist() == pytest.approx([1.0, expected], rel=1e-12)


def test_own_vectors_equal_those_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    by_library = text_match(TEXTS, EXPERTS)
    monkeypatch.setattr(affinity_module, "find_spec", lambda name: None)
    np.testing.assert_allclose(text_match(TEXTS, EXPERTS), by_library, rtol=1e-12, atol=1e-12)


def test_nothing_to_read_is_unknown() -> None:
    assert np.isnan(text_match(["", " "], ["", "能"])).all()
