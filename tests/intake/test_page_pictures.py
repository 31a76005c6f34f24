"""Pages of proofs as pictures: what comes out, and what hostile files do to the portal: nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from review_portal.domain.errors import Invalid
from review_portal.intake.page_pictures import WIDTH, page_picture, page_sizes

PDF = (Path(__file__).parents[1] / "data" / "attachments" / "audit_report.pdf").read_bytes()


def scan(kind: str, size: tuple[int, int], **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **options)
    return out.getvalue()


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture), formats=("WEBP",))


def test_every_page_of_a_pdf_has_its_size_and_its_picture() -> None:
    assert len(page_sizes(PDF)) == 2
    first, second = (opened(page_picture(PDF, page)) for page in (0, 1))
    assert (first.width, second.width) == (WIDTH, WIDTH)
    width, height = page_sizes(PDF)[0]
    assert abs(first.height - WIDTH * height / width) < 3
    assert first.tobytes() != second.tobytes()


def test_photograph_is_turned_upright_made_narrower_and_loses_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "taken at a place"
    photograph = scan("JPEG", (2000, 1000), exif=exif)
    assert page_sizes(photograph) == [(1000, 2000)]
    drawn = opened(page_picture(photograph, 0))
    assert drawn.size == (1000, 2000)
    assert dict(drawn.getexif()) == {}
    assert opened(page_picture(scan("PNG", (2480, 3508)), 0)).width == WIDTH


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.7\nno document", "已损坏"),
        (PDF[: len(PDF) // 3], "已损坏"),
        (b"\x89PNG\r\n\x1a\nno picture", "已损坏"),
        (scan("PNG", (300, 300))[:90], "已损坏"),
        (scan("PNG", (9000, 7000)), "过大"),
        (scan("PNG", (4000, 10)), "过大"),
    ],
    ids=["no-pdf", "cut-pdf", "no-png", "cut-png", "many-pixels", "strip"],
)
def test_file_that_cannot_be_read_is_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        page_sizes(data)
        page_picture(data, 0)
    assert sentence in str(refused.value.message)
