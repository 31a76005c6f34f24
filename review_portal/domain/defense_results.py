"""The panel's conclusion on a defense: codes as stored, words as the call's rubric prints them."""

from __future__ import annotations

from collections.abc import Mapping

from review_portal.domain.messages import mark
from scoring_rubrics import Call

CONCLUSIONS = ("recommended", "conditional", "not_recommended")
ABSTAINED = "abstained"
ABSTAINED_WORD = mark("放弃答辩")


def result_words(rules: Call, stage: str) -> Mapping[str, str]:
    """Code -> word for the conclusions that a stage's rubric offers, in the order of `CONCLUSIONS`.

    Which word is which follows from the call's rule on proposals: the conditional one, those with which
    a unit may be proposed, the rest. A rubric without conclusions gives an empty mapping; KeyError for a
    stage that does not score.
    """
    offered = rules.rubric_of(stage).conclusions
    proposal = rules.proposal
    code_of = {
        word: "conditional"
        if word == proposal.conditional
        else "recommended"
        if word in proposal.conclusions
        else "not_recommended"
        for word in offered
    }
    return {code: word for code in CONCLUSIONS for word in offered if code_of[word] == code}
