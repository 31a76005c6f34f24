"""One difference between two versions of a form, and how two texts are set beside one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.text_count import fold

# fixed: settled with the deadline, hence refused after it; filled: a blank that now holds something;
# open: permitted only by an officer's recorded decision.
Kind = Literal["fixed", "filled", "open"]
_CONTEXT = 20  # characters kept before and after what differs in long texts
_SHOWN_MAX = 300  # characters of either side that are shown


@dataclass(frozen=True, slots=True)
class Change:
    """What differs at a place of the form; `old` and `new` are excerpts, "" where nothing stands.

    personal: the texts hold, or may hold, how to reach a person.
    """

    place: str
    old: str
    new: str
    kind: Kind
    personal: bool = False

    def sentence(self) -> Message:
        """The difference in words."""
        return _("原为“%(old)s”，补正件为“%(new)s”。", old=self.old or _("空白"), new=self.new or _("空白"))

    def to_json(self) -> dict[str, str]:
        """As the audit trail keeps it for good: of personal data only where it changed.

        The texts themselves stay in both versions of the form, whose digests the trail holds.
        """
        texts = {} if self.personal else {"old": self.old, "new": self.new}
        return {"place": self.place, "kind": self.kind, **texts}


def change(place: str, old: str, new: str, *, fixed: bool = False) -> Change | None:
    """The difference between two texts; None when they differ in width and spaces only."""
    if fold(old) == fold(new):
        return None
    kind: Kind = "filled" if not old.strip() else "fixed" if fixed else "open"
    return Change(place, *_excerpts(old.strip(), new.strip()), kind)


def _excerpts(old: str, new: str) -> tuple[str, str]:
    """Both texts; of long ones what differs with a few characters around it."""
    if max(len(old), len(new)) <= 4 * _CONTEXT:
        return old, new
    start = max(0, _shared(old, new) - _CONTEXT)
    end = max(0, _shared(old[start:][::-1], new[start:][::-1]) - _CONTEXT)
    return _cut(old, start, len(old) - end), _cut(new, start, len(new) - end)


def _shared(left: str, right: str) -> int:
    """How many characters two texts have in common from the start."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(left), len(right)))


def _cut(text: str, start: int, end: int) -> str:
    shown = text[start : min(end, start + _SHOWN_MAX)]
    return ("…" if start and shown else "") + shown + ("…" if start + len(shown) < len(text) else "")
