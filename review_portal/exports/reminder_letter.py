"""The text of a reminder: how many own sheets are open, until when, where. It names no dossier."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReminderLetter:
    """What a reminder says; `deadline` as people read it, empty where the round has none."""

    call: str
    stage: str
    name: str
    open_sheets: int
    deadline: str
    address: str


def subject(letter: ReminderLetter) -> str:
    """The head line; line ends in a title would be a fault of the sending library's."""
    return " ".join(f"{letter.stage}：您还有{letter.open_sheets}份评分未提交".split())


def text(letter: ReminderLetter) -> str:
    """The letter, also to be copied into a short message."""
    until = f"，截止时间为{letter.deadline}" if letter.deadline else ""
    address = f"：{letter.address}" if letter.address else ""
    return (
        f"{letter.name}专家，您好。\n\n"
        f"“{letter.call}”{letter.stage}中，您还有{letter.open_sheets}份评分未提交{until}。\n"
        f"请登录专家评审系统办理{address}\n\n"
        "如不能按时完成或需要回避，请联系秘书处。本信由系统发出，请勿回复；请勿在邮件、微信中发送评审内容。\n"
    )
