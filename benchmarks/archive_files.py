"""An archive of many large input files, written and checked: time and memory, which must not grow with them.

.venv/bin/python -m benchmarks.archive_files [MB each]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from review_portal.exports.archive_file import Packer, Part
from review_portal.exports.standalone import verify

FILES, MEGABYTES, MOST_MB = 60, 100, 150
_CHUNK = 1 << 20


def _sparse(path: Path, megabytes: int) -> None:
    with path.open("wb") as stream:
        stream.truncate(megabytes << 20)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _write(target: Path, source: Path) -> None:
    with target.open("wb") as stream:
        packer = Packer(stream, date(2023, 3, 1))
        for number in range(FILES):
            packer.add(Part(f"原件/{number:03}.pdf", lambda: _chunks(source)))
        packer.finish()


def _check(target: Path) -> None:
    findings = verify.Findings()
    verify.check_files(verify.Archive(str(target)), findings, "")
    assert not findings.faults, findings.faults
    with zipfile.ZipFile(target) as packed:
        assert len(packed.namelist()) == FILES + 1


def main() -> None:
    each = int(sys.argv[1]) if len(sys.argv) > 1 else MEGABYTES
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "archive.zip"
        _sparse(source, each)
        for name, work in (("written", lambda: _write(target, source)), ("checked", lambda: _check(target))):
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            print(f"{FILES} x {each} MB {name}: {wall:.1f} s, {cpu:.1f} s CPU")
        print(f"size: {target.stat().st_size / (1 << 30):.2f} GiB")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:.0f} MB; ratio to the target of {MOST_MB} MB: {peak / MOST_MB:.2f}")


if __name__ == "__main__":
    main()
