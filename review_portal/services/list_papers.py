"""Drafting and editing the papers of the final list: the notice of a version, the notices on its changes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.models.final_lists import ListPaper
from review_portal.services import audit, final_list_facts, list_notice_facts, paper_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.final_list_facts import STATES
from review_portal.services.rules import rules_of


def draft(actor: Viewer, *, call: str, kind: str, ordinal: int = 0) -> str:
    """Draft the notice of the next version (`kind` list), or that of change `ordinal`; again: the same one.

    Returns its public id. Raises `Conflict` while there is nothing to publish, `NotFound`.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        wanted = _wanted(session, row, kind, ordinal)
        found = final_list_facts.paper(session, row.id, kind, wanted)
        if found is not None:
            return found.public_id
        made = ListPaper(
            call_id=row.id,
            kind=kind,
            ordinal=wanted,
            facts=final_list_facts.first_facts(session, row, rules_of(row), kind),
            updated_at=now(),
            updated_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        _record(session, actor, row, made, "draft_list_paper", {"ordinal": wanted})
        return made.public_id


def _wanted(session: Session, call: Call, kind: str, ordinal: int) -> int:
    """The number of the paper to draft, where one may be."""
    if call.state not in STATES:
        raise Conflict(mark("公示发布后方可起草公布名单的通知。"))
    found = final_list_facts.places(session, call, rules_of(call))
    if kind == "list":
        before = final_list_facts.latest(session, call.id)
        if before is not None and before.upto >= found.upto and call.state != "publicity":
            raise Conflict(mark("名单公布后没有变更，无须起草新的一版。"))
        return (before.ordinal if before else 0) + 1
    needed = {need.change.ordinal: need.kind for need in list_notice_facts.needs(session, call, found)}
    if needed.get(ordinal) != kind:
        raise NotFound()
    return ordinal


def update(actor: Viewer, *, call: str, paper: str, facts: Mapping[str, str], base_version: int) -> int:
    """Keep edited facts on top of `base_version`; returns the new version.

    Raises `Invalid` by field, `Conflict` with `theirs` when somebody else was faster or once it is released.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        found = list_notice_facts.known_paper(session, row, paper)
        if list_notice_facts.is_released(session, found):
            raise Conflict(mark("该文件已发布，不能再改。需要更正的，请登记名单变更后另出一版。"))
        kept = final_list_facts.cleaned(found.kind, facts, found.facts)
        if found.version != base_version:
            raise Conflict(theirs={"facts": dict(found.facts), "version": found.version})
        changed = sorted(name for name in kept if kept[name] != found.facts.get(name, ""))
        if not changed:
            return found.version
        found.facts, found.updated_at, found.updated_by = kept, now(), actor.account_id
        _record(session, actor, row, found, "edit_list_paper", {"fields": changed})
        session.flush()
        return found.version


def _record(
    session: Session, actor: Viewer, call: Call, found: ListPaper, action: str, detail: dict[str, object]
) -> None:
    audit.record(
        session,
        actor,
        action,
        object_kind="list_paper",
        object_id=found.public_id,
        call_id=call.id,
        detail=detail,
        bound=[Bound("list_paper", found)],
    )
