"""Pages of a PDF or a picture for the browser: nothing to download, nothing that could run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _

UNREADABLE, LOCKED, TOO_LARGE = 3, 4, 5  # the worker's exit codes
PAGES_MAX = 500
WIDTH = 1240  # pixels: a sheet of A4 at 150 dpi, sharp at twice its size on a telephone
_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60  # seconds of waiting; the worker's own limit of processor time is below
_SENTENCES = {
    LOCKED: _("文件设有打开密码，无法读取。请取消密码后重新上传。"),
    TOO_LARGE: _("文件页数或尺寸过大（不超过%(n)s页）。请拆分或压缩后重新上传。", n=PAGES_MAX),
}
_UNREADABLE = _("文件已损坏，无法打开。请用原软件确认能正常打开，另存一份后重新上传。")


def page_sizes(data: bytes) -> list[tuple[int, int]]:
    """(width, height) of every page, in points of a PDF or pixels of a picture. Raises `Invalid`."""
    return [(width, height) for width, height in json.loads(_run(data, "sizes"))]


def page_picture(data: bytes, page: int) -> bytes:
    """A page (from 0) as WebP, at most `WIDTH` pixels wide. Raises `Invalid`."""
    return _run(data, "picture", str(page), str(WIDTH))


def _run(data: bytes, *task: str) -> bytes:
    command = [sys.executable, "-m", "review_portal.intake.page_worker", *task]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=_PATIENCE, cwd=_ROOT, check=False
        )
    except subprocess.TimeoutExpired:
        raise Invalid(_SENTENCES[TOO_LARGE]) from None
    if done.returncode != 0:
        raise Invalid(_sentence(done.returncode))
    return done.stdout


def _sentence(code: int) -> Message:
    return _SENTENCES.get(code, _UNREADABLE)
