"""Registration codes of organisations: the 18-character credit code and the older 9-character code."""

import re

from stdnum.cn import uscc

_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION = re.compile(r"[0-9A-Z]{8}-?[0-9X]")


def code_is_valid(code: str | None) -> bool:
    """Form and check character of a credit code (GB 32100) or an organisation code (GB 11714)."""
    if code is None:
        return False
    if _ORGANISATION.fullmatch(code):
        return _organisation_check(code[:8]) == code[-1]
    return len(code) == 18 and bool(uscc.is_valid(code))


def _organisation_check(first_eight: str) -> str:
    total = sum(weight * int(character, 36) for weight, character in zip(_WEIGHTS, first_eight, strict=True))
    return "0123456789X0"[11 - total % 11]


def region_of(code: str | None) -> str | None:
    """Six digits of the place of registration; None for codes that do not carry it."""
    if code is None or not re.fullmatch(r"[0-9A-Z]{2}\d{6}[0-9A-Z]{10}", code):
        return None
    return code[2:8]
