"""Points as people write them: one reading for the sheet, the matrix, the workbook and the clerks' desk."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

# what a person writes for points; Decimal alone would also take the slips 1_0 and 1e1 for ten
_NUMBER = re.compile(r"[+-]?([0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9})")


def number(text: str) -> Decimal | None:
    """The number of a text, full-width digits and a Chinese full stop too; None where it is none."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("。", ".")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def points_text(text: str) -> str:
    """Points in one way of writing: 8.50 and ８.5 are 8.5; what is no number stays as typed."""
    value = number(text)
    return text.strip() if value is None else f"{(value + 0).normalize():f}"
