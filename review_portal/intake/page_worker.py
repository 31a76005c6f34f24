"""Opens one PDF or picture in a process of its own: what a hostile file breaks is this process alone.

Bytes come on standard input; `sizes` answers a JSON list of [width, height] a page, `picture PAGE WIDTH`
a WebP. The exit code says what was wrong (see `page_pictures`).
"""

from __future__ import annotations

import io
import json
import resource
import sys

import pypdfium2
from PIL import Image, ImageOps

from review_portal.intake.page_pictures import LOCKED, PAGES_MAX, TOO_LARGE, UNREADABLE

MEMORY = 2 << 30  # bytes of address space
SECONDS = 40  # of processor time
PIXELS_MAX = 60_000_000  # of a picture; a sheet of A3 scanned at 300 dpi has 17 million
SIDE_MAX = 20_000  # points; a page is drawn by width, and a strip would be drawn without end
RATIO_MAX = 20
QUALITY = 80

Page = tuple[int, int]


def _sizes(data: bytes) -> list[Page]:
    if data.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(data)
        if len(document) > PAGES_MAX:
            raise SystemExit(TOO_LARGE)
        sizes = [document.get_page_size(at) for at in range(len(document))]
    else:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            _refuse_huge(picture)
            sizes = [ImageOps.exif_transpose(picture).size]
    if not sizes:
        raise SystemExit(UNREADABLE)
    if any(not (1 <= side <= SIDE_MAX) for size in sizes for side in size):
        raise SystemExit(TOO_LARGE)
    if any(max(size) > RATIO_MAX * min(size) for size in sizes):
        raise SystemExit(TOO_LARGE)
    return [(round(width), round(height)) for width, height in sizes]


def _refuse_huge(picture: Image.Image) -> None:
    if picture.width * picture.height > PIXELS_MAX:
        raise SystemExit(TOO_LARGE)


def _picture(data: bytes, page: int, width: int) -> bytes:
    if data.startswith(b"%PDF"):
        sheet = pypdfium2.PdfDocument(data)[page]
        drawn = sheet.render(scale=width / sheet.get_width()).to_pil()
    else:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            _refuse_huge(opened)
            drawn = ImageOps.exif_transpose(opened).convert("RGB")
        if drawn.width > width:
            drawn = drawn.resize((width, max(1, round(drawn.height * width / drawn.width))))
    out = io.BytesIO()
    drawn.convert("RGB").save(out, "WEBP", quality=QUALITY)
    return out.getvalue()


def main(arguments: list[str]) -> None:
    """Do one task and leave."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    data = sys.stdin.buffer.read()
    try:
        if arguments[0] == "sizes":
            sys.stdout.write(json.dumps(_sizes(data)))
        else:
            sys.stdout.buffer.write(_picture(data, int(arguments[1]), int(arguments[2])))
    except pypdfium2.PdfiumError as problem:
        raise SystemExit(LOCKED if "password" in str(problem).lower() else UNREADABLE) from None
    except MemoryError:
        raise SystemExit(TOO_LARGE) from None
    except (OSError, ValueError, SyntaxError, IndexError, Image.DecompressionBombError):
        raise SystemExit(UNREADABLE) from None


if __name__ == "__main__":
    main(sys.argv[1:])
