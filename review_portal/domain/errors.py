"""What can go wrong, as people are told it. Web maps each class to one status in one place."""

from __future__ import annotations

from collections.abc import Mapping

from review_portal.domain.messages import Message, mark


class PortalError(Exception):
    """An expected refusal: `message` says what happened and what to do, `fields` says it per input."""

    status = 400

    def __init__(self, message: Message, fields: Mapping[str, Message] | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.fields: Mapping[str, Message] = dict(fields or {})


class NotAllowed(PortalError):
    """The person may not do this, and may know it."""

    status = 403


class NotFound(PortalError):
    """Missing, foreign and recused are the same answer: which of them it is would tell too much."""

    status = 404

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or mark("未找到该材料，或您没有查看权限。"))


class Conflict(PortalError):
    """Somebody else was first, or the state has moved on. `theirs` is what is stored now."""

    status = 409

    def __init__(
        self,
        message: Message | None = None,
        *,
        theirs: object = None,
        fields: Mapping[str, Message] | None = None,
    ) -> None:
        super().__init__(message or mark("该内容刚被修改。两份内容都在下方，请选择保留哪一份。"), fields)
        self.theirs = theirs


class Held(Conflict):
    """A supervisor has asked that nothing be done here until a doubt is settled."""


class Invalid(PortalError):
    """The input cannot be taken as it is; nothing was changed."""

    status = 422


class Busy(PortalError):
    """The database or the disk cannot take it now; what was typed is kept."""

    status = 503

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or mark("系统繁忙，您填写的内容已保留，请稍后再按一次暂存。"))
