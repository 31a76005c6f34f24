"""Who is whose colleague: the key of an employer as panels, draws and assignments compare it."""

from __future__ import annotations

from review_portal.domain.recusal import unit_key

_NOWHERE = frozenset(
    ("退休", "已退休", "退休人员", "离休", "离退休", "离退休人员", "无", "无单位", "自由职业", "个人")
)


def employer_key(name: str) -> str | None:
    """The employer without what people write differently for it; None for who works nowhere."""
    key = unit_key(name)
    return key if key and key not in _NOWHERE else None
