"""Kinds of letters, ways of delivery and the office's facts in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.domain.messages import Message, mark

LETTER_NAMES: Final[Mapping[str, Message]] = {
    "correction": mark("补正通知书"),
    "rejection": mark("不予受理通知书"),
}
DELIVERY_WORDS: Final[Mapping[str, Message]] = {
    "direct": mark("直接送达"),
    "leaving": mark("留置送达"),
    "post": mark("邮寄送达"),
    "entrusted": mark("委托送达"),
    "electronic": mark("电子送达"),
    "public": mark("公告送达"),
}
# Labels are those of 【待填：…】, so that a missing fact is found on the page of the facts. Names shared
# with the publicity notice mean the same there.
OFFICE_FIELDS: Final[Mapping[str, Message]] = {
    "contact_office": mark("联系处室"),
    "contact_person": mark("联系人"),
    "contact_phone": mark("联系电话"),
    "contact_address": mark("地址"),
    "contact_postcode": mark("邮编"),
    "contact_email": mark("电子邮箱"),
    "supervision_office": mark("监督部门"),
    "supervision_phone": mark("监督电话"),
}
