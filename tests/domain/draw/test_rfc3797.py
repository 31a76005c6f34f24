"""RFC 3797's procedure against the vector that its section 6 publishes."""

from __future__ import annotations

import pytest

from review_portal.domain.draw import rfc3797

KEY = "9319./2.5.8.10.12./9.18.26.34.41.45./"
SELECTED = (17, 7, 2, 16, 25, 23, 8, 24, 19, 13, 22, 5, 18, 9, 1, 4)


def test_procedure_draws_the_published_sixteen_of_twenty_five() -> None:
    assert rfc3797.select(KEY, 25, 16) == SELECTED


def test_first_digest_is_the_published_one() -> None:
    assert rfc3797.step_digest(KEY.encode(), 0).hex().upper() == "990DD0A5692A029A98B5E01AA28F3459"


@pytest.mark.parametrize("count", range(16))
def test_shorter_draw_is_the_head_of_the_longer_one(count: int) -> None:
    assert rfc3797.select(KEY, 25, count) == SELECTED[:count]


def test_whole_pool_is_a_permutation() -> None:
    assert sorted(rfc3797.select(KEY, 300, 300)) == list(range(1, 301))


@pytest.mark.parametrize(("pool", "count"), [(25, 26), (25, -1), (2**16, 1)])
def test_draw_that_cannot_be_is_refused(pool: int, count: int) -> None:
    with pytest.raises(ValueError, match=f"cannot draw {count} of {pool}"):
        rfc3797.select(KEY, pool, count)
