"""办公信息: the office fills its own facts once for a call; every version stays."""

from __future__ import annotations

import re
from collections.abc import Mapping

from review_portal.db import now, transaction
from review_portal.domain import canonical, policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.letter_words import OFFICE_FIELDS
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.office_letters import OfficeFacts
from review_portal.services import audit, office_fact_views, scopes
from review_portal.services.bindings import Bound

TEXT_MAX = 200
_PHONE = re.compile(r"[0-9][0-9()（）\-—－ 、,，;；转]{5,}")
_POSTCODE = re.compile(r"[0-9]{6}")


def record(actor: Viewer, *, call: str, facts: Mapping[str, str], seen: int = 0) -> int:
    """Record a new version; returns its ordinal. `seen` is the version the officer had in front of them.

    Fields may stay empty: they print as 【待填】 and hold back what needs them. Raises `Invalid` by field,
    `Conflict` when someone has recorded a version meanwhile.
    """
    kept = {name: str(facts.get(name, "")).strip() for name in OFFICE_FIELDS}
    faults = _faults(kept)
    if faults:
        raise Invalid(mark("有%(n)s处须更正，未保存。", n=len(faults)), faults)
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        before = office_fact_views.latest(session, row)
        ordinal = before.ordinal if before else 0
        if before is not None and before.facts == kept:
            return ordinal  # the same form, sent twice
        if seen != ordinal:
            raise Conflict(mark("办公信息已被他人修改，请核对现在的内容后再保存。"))
        version = OfficeFacts(
            call_id=row.id,
            ordinal=ordinal + 1,
            facts=kept,
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        session.add(version)
        session.flush()
        audit.record(
            session,
            actor,
            "record_office_facts",
            object_kind="office_facts",
            object_id=version.public_id,
            call_id=row.id,
            detail={"ordinal": version.ordinal, "digest": canonical.digest(kept)},
            bound=[Bound("office_facts", version)],
        )
        return version.ordinal


def _faults(kept: Mapping[str, str]) -> dict[str, Message]:
    faults = {
        name: mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
        for name, text in kept.items()
        if len(text) > TEXT_MAX
    }
    for name in ("contact_phone", "supervision_phone"):
        if kept[name] and not _PHONE.fullmatch(kept[name]):
            faults[name] = mark("请填写电话号码，例如 023-00000000。")
    if kept["contact_postcode"] and not _POSTCODE.fullmatch(kept["contact_postcode"]):
        faults["contact_postcode"] = mark("邮编须为6位数字。")
    if kept["contact_email"] and "@" not in kept["contact_email"]:
        faults["contact_email"] = mark("请填写电子邮箱，例如 office@example.cn。")
    return faults
