"""The expert who scores on paper: registered by the office, scanned, typed by two clerks once sealed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from review_portal.demo import written
from review_portal.services import paper_sheets, paper_views, transcriptions
from review_portal.services.revisions import Sheet

if TYPE_CHECKING:
    from review_portal.demo.story import Story

_LINE, _TOP, _LEFT = 24, 780, 64  # points on an A4 page


def register(story: Story) -> None:
    """The office registers every open sheet of the told expert as paper."""
    told = story.told["paper"]
    open_ = [row for row in written.rows_of(story, story.written, told["expert"]).values() if row.is_open]
    paper_sheets.register_papers(
        story.people["officer"],
        round_=story.written,
        reviews=[row.review for row in open_ if not row.gone],
        reason=told["reason"],
    )


def type_in(story: Story) -> None:
    """The signed sheets are scanned, and each clerk types all of them."""
    told = story.told["paper"]
    names = {row.number: name for name, row in written.rows_of(story, story.written, told["expert"]).items()}
    for row in paper_views.list_registered(story.people["officer"], call=story.call):
        sheet = story.sheets(story.written)[names[row.number], told["expert"]]
        total = sum(sheet.points.values(), Decimal(0))
        paper_sheets.attach_scan(
            story.people["officer"],
            paper=row.public_id,
            name=f"{row.number}.pdf",
            data=scan([f"{row.number}　{row.unit}", *_lines(sheet), f"专家签字：{row.expert}"]),
            checked_by=story.told["identity_checked_by"],
        )
        for clerk in ("counting_clerk", "checking_clerk"):
            transcriptions.enter_sheet(
                story.people[clerk],
                paper=row.public_id,
                sheet=sheet,
                total=total,
                total_wrong=False,
                request_key=f"{row.public_id}-{clerk}",
            )


def _lines(sheet: Sheet) -> list[str]:
    items = [
        f"{item}　　{value.normalize():f}　　{sheet.comments.get(item, '')}"
        for item, value in sheet.points.items()
    ]
    total = f"合计　{sum(sheet.points.values(), Decimal(0)).normalize():f}"
    return ["专家书面评审评分表（示例扫描件）", *items, total, sheet.opinion]


def scan(lines: Sequence[str]) -> bytes:
    """A page with these lines as PDF; its font is the reader's own for Chinese."""
    shown = [
        f"BT /F 12 Tf {_LEFT} {_TOP - at * _LINE} Td <{line[:44].encode('utf-16-be').hex()}> Tj ET"
        for at, line in enumerate(lines)
    ]
    content = "\n".join(shown).encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H"
        b" /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>"
        b" /FontDescriptor 7 0 R /DW 1000 >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [-25 -254 1000 880]"
        b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]
    page, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(page))
        page += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return (
        page
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(page))
    )
