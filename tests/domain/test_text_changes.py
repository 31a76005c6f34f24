"""Two texts compared: what was struck out, what was put in, nothing lost between them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain.text_changes import Piece, changes

TEXT = st.text(alphabet="公示期内如有异议，请以书面形式反映。12ab ", max_size=40)


@given(TEXT, TEXT)
def test_pieces_give_both_texts_back(old: str, new: str) -> None:
    pieces = changes(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "in") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "out") == new
    assert all(piece.text for piece in pieces)


@given(TEXT)
def test_same_text_has_no_changes(text: str) -> None:
    assert all(piece.kind == "kept" for piece in changes(text, text))


def test_numbers_are_changed_whole_and_words_do_not_fall_to_crumbs() -> None:
    assert changes("共5个工作日", "共15个工作日") == (
        Piece("kept", "共"),
        Piece("out", "5"),
        Piece("in", "15"),
        Piece("kept", "个工作日"),
    )
    assert [piece.kind for piece in changes("请以书面形式向本处反映。", "请通过信函方式向本委反映。")].count(
        "in"
    ) <= 3
