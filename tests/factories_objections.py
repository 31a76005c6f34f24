"""Objections as tests type them; every name carries 示例."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from review_portal.clock import OFFICE_ZONE
from review_portal.domain.policy import Viewer
from review_portal.services import objections
from review_portal.services.objection_input import Entry, Evidence

NAME, UNIT, CONTACT = "孤鸿示例", "示例异议有限公司", "139-0000-7777"
SECRETS = (NAME, UNIT, CONTACT)
LETTER = {"document_number": "示例函〔2023〕1号", "contact_office": "示例处", "contact_phone": "023-0000"}
NAMED = Entry(
    "post",
    datetime(2023, 3, 1, 9, 0, tzinfo=OFFICE_ZONE),
    "示例收件人",
    (),
    "反映业绩证明中的服务客户并未签订合同，附合同登记编号（示例）。",
    "named",
    True,
    True,
    False,
    NAME,
    UNIT,
    CONTACT,
)
ANONYMOUS = replace(NAMED, way="phone", identity="anonymous", signed=False, name="", unit="", contact="")


def file(
    actor: Viewer, call: str, entry: Entry = NAMED, *evidence: Evidence, key: str = "k", **changes: Any
) -> str:
    return objections.register(
        actor, call=call, entry=replace(entry, **changes), evidence=evidence, request_key=key
    )
