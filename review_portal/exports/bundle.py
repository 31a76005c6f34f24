"""Many papers in one zip: names every system takes, contents, equal bytes for equal papers."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

INDEX = "目录.txt"
_REFUSED = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_LONGEST = 100  # characters of a name without its ending: folder and name stay below Windows' 260
_FIXED = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper. `data` None: it could not be made, `reason` says why. `name` with its ending."""

    folder: str
    name: str
    dated: str
    data: bytes | None
    reason: str = ""


def write_zip(title: str, entries: Sequence[Entry]) -> bytes:
    """The papers in their order, each step's in a folder, behind 目录.txt. Equal papers give equal bytes."""
    folders = {name: place for place, name in enumerate(dict.fromkeys(entry.folder for entry in entries), 1)}
    taken: set[str] = set()
    files: list[tuple[str, bytes]] = []
    lines = [title, "", "序号\t文件\t日期\tSHA-256"]
    lacking: list[str] = []
    for entry in entries:
        if entry.data is None:
            lacking.append(f"{entry.folder}\t{entry.name}\t{entry.reason}")
            continue
        path = _free(f"{folders[entry.folder]:02}_{safe_name(entry.folder)}", safe_name(entry.name), taken)
        files.append((path, entry.data))
        digest = hashlib.sha256(entry.data).hexdigest()
        lines.append(f"{len(files)}\t{path}\t{entry.dated or '—'}\t{digest}")
    if lacking:
        lines += ["", f"未能生成的文书{len(lacking)}份（步骤、文书、原因）", *lacking]
    index = "\r\n".join([*lines, ""]).encode("utf-8-sig")  # the mark lets Windows' editor read it
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, data in [(INDEX, index), *sorted(files)]:
            entry_info = zipfile.ZipInfo(path, _FIXED)
            entry_info.compress_type = zipfile.ZIP_DEFLATED
            entry_info.external_attr = 0o600 << 16
            packed.writestr(entry_info, data)
    return target.getvalue()


def safe_name(name: str) -> str:
    """A file name without what Windows refuses; its ending stays."""
    stem, dot, ending = _REFUSED.sub("_", name).rpartition(".")
    stem, ending = (stem, dot + ending) if dot else (ending, "")
    return (stem.strip(" .")[:_LONGEST].rstrip(" .") or "_") + ending.rstrip(" .")


def _free(folder: str, name: str, taken: set[str]) -> str:
    """A path that no other has; Windows does not tell capitals apart."""
    stem, dot, ending = name.rpartition(".")
    path, count = f"{folder}/{name}", 1
    while path.lower() in taken:
        count += 1
        path = f"{folder}/{stem}（{count}）{dot}{ending}"
    taken.add(path.lower())
    return path
