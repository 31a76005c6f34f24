"""Places that fell vacant and who could take one: the next in rank, if anybody may at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from review_portal.domain.defense_results import result_words
from review_portal.domain.messages import Message, mark
from review_portal.models.calls import Call
from review_portal.services.decision_facts import ground
from review_portal.services.final_list_facts import Places
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A dossier that is not on the list; `bar` says why it cannot be, `next` whether its turn has come."""

    dossier: str
    number: str
    unit: str
    rank: int
    bar: Message | None
    next: bool


def newcomers(session: Session, call: Call, rules: Rules, found: Places) -> list[Newcomer]:
    """Ranked dossiers that are not on the list, best first; the first without a bar is next."""
    listed = found.known
    made: list[Newcomer] = []
    taken = False
    here = ground(session, call, rules)
    for one, line in zip(here.candidates, here.lines, strict=True):
        if one.dossier in listed:
            continue
        bar = one.bar or _conclusion(line, rules)
        made.append(
            Newcomer(one.dossier, one.number, line["unit"], line["rank"], bar, bar is None and not taken)
        )
        taken = taken or bar is None
    return made


def _conclusion(line: Mapping[str, Any], rules: Rules) -> Message | None:
    """A panel's conclusion with which nobody may be proposed; where no panel gives one, none is asked."""
    offered = [result_words(rules, stage.key) for stage in rules.scored_stages]
    if not any(offered) or line["result"] is None:
        return mark("没有专家组结论，不能递补。") if any(offered) else None
    words = {code: word for table in offered for code, word in table.items()}
    if words.get(line["result"]) not in rules.proposal.conclusions:
        return mark("专家组结论不在可列入名单之列，不能递补。")
    return None
