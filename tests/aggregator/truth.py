"""Published reference results from outside the project (TRUTH_DIR), compared within their own tolerance."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Expected:
    """One figure of an expected.csv."""

    key: str
    value: float
    tolerance: float
    relative: bool

    def approx(self) -> object:
        """What the figure may be: compare with ==."""
        if self.relative:
            return pytest.approx(self.value, rel=self.tolerance, abs=0.0)
        return pytest.approx(self.value, abs=max(self.tolerance, 1e-12), rel=0.0)


def case(name: str) -> Path:
    """The folder of one reference case; skipped where the references are not on this machine."""
    root = os.environ.get("TRUTH_DIR")
    if not root:
        pytest.skip("没有设置 TRUTH_DIR，参考结果不在本机，本项对照未运行。")
    folder = Path(str(root)) / name
    assert folder.is_dir(), f"{folder} 不存在"
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV as dicts of text."""
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def expected(name: str) -> Iterator[Expected]:
    """The numeric figures of a case; those in words are left to the test that reads them."""
    for row in rows(case(name) / "expected.csv"):
        size, _, kind = row["tol"].partition(" ")
        try:
            yield Expected(row["key"], float(row["value"]), float(size), kind.strip() == "rel")
        except ValueError:
            continue
