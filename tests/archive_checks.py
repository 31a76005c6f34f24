"""Whatever happened in a call, its archive recounts and verifies itself on a machine without the portal."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from review_portal.exports.standalone import verify
from review_portal.services import archives
from review_portal.services.papers import catalogue

# what verify.py says of papers that are not there
_PAPERS = ("签过字的文书", *verify.PAPERS.values())


def run(script: Path, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """As anybody runs it: no environment, no packages, not from the project's folder."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", str(script), *map(str, arguments)],
        cwd="/",
        capture_output=True,
        check=False,
    )


def assert_archive_holds(call: str, folder: Path) -> Path:
    """Write the whole archive without its papers, which take seconds, and check it by its own scripts.

    Inside an application context. Returns where it is unpacked.
    """
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "listed", lambda _viewer, _call, **_kinds: [])
        packed, _built = archives.write_from_host(call=call, profile="full", folder=folder)
    place = folder / "unpacked"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(place)
    counted = run(place / "recount.py")
    assert (counted.returncode, counted.stdout) == (0, (place / "名单.txt").read_bytes()), (
        counted.stderr.decode()
    )
    found = verify.verify(str(place))
    assert [fault for fault in found.faults if not fault.startswith(_PAPERS)] == []
    return place
