"""What the two kinds of archive are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.domain.messages import Message, mark

PROFILE_WORDS: Final[Mapping[str, Message]] = {"full": mark("完整"), "masked": mark("遮盖个人信息")}
