"""补齐待填事项: the office fills in what a paper leaves to it; every version stays."""

from __future__ import annotations

from collections.abc import Mapping

from review_portal.db import now, transaction
from review_portal.domain import canonical, policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.paper_facts import PaperFacts
from review_portal.services import audit, scopes
from review_portal.services.bindings import Bound
from review_portal.services.paper_fact_views import own_labels
from review_portal.services.papers import blanks, catalogue

TEXT_MAX = 100


def record(
    actor: Viewer, *, call: str, key: tuple[str, str, int], facts: Mapping[str, str], seen: int = 0
) -> int:
    """Record a new version of a paper's facts by label; returns its ordinal, 0 where nothing was given.

    `seen` is the version the officer had in front of them. A label left empty stays 【待填】 and keeps the
    paper from being signed. Raises `Invalid` by label, `Conflict` when someone has recorded one meanwhile.
    """
    kept = {label: text.strip() for label, text in facts.items() if text.strip()}
    sentence = mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
    faults = {label: sentence for label, text in kept.items() if len(text) > TEXT_MAX}
    if faults:
        raise Invalid(mark("有%(n)s处须更正，未保存。", n=len(faults)), faults)
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper = catalogue.find(actor, row, key)
        if not set(kept) <= set(own_labels(actor, row, paper)):
            raise NotFound()
        before = blanks.latest(session, row, paper)
        ordinal = before.ordinal if before else 0
        if kept == (before.facts if before else {}):
            return ordinal  # the same form, sent twice
        if seen != ordinal:
            raise Conflict(mark("待填事项已被他人修改，请核对现在的内容后再保存。"))
        version = PaperFacts(
            call_id=row.id,
            kind=paper.kind.key,
            of=paper.of,
            edition=paper.edition,
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
            "record_paper_facts",
            object_kind="paper_facts",
            object_id=version.public_id,
            call_id=row.id,
            detail={"paper": paper.name, "ordinal": version.ordinal, "digest": canonical.digest(kept)},
            bound=[Bound("paper_facts", version)],
        )
        return version.ordinal
