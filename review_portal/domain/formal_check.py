"""The formal check: what a call's rules say about one form, as findings that suggest and never decide.

A rule names its check (`formal_check.toml`); the checks are in `formal_check_form` and `formal_check_terms`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from review_portal.domain.errors import Invalid
from review_portal.domain.formal_check_form import FORM_CHECKS
from review_portal.domain.formal_check_outcome import Check, Outcome, Result, Subject
from review_portal.domain.formal_check_terms import CONFIRMED_TERMS, TERM_CHECKS
from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.records import ApplicationForm, Recommendation
from scoring_rubrics import Call, FormalRule

Overall = Literal["ineligible", "needs_correction", "eligible_after_manual_confirmation", "eligible"]

CHECKS: Mapping[str, Check] = MappingProxyType({**FORM_CHECKS, **TERM_CHECKS})


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one rule, with what to do and where to look.

    `decide`: a failure waits for a recorded decision of the office; `check` is the kind of check made.
    """

    rule: str
    title: str
    mode: str
    severity: str
    result: Result
    note: Message
    place: str
    check: str
    decide: bool


def check_form(
    form: ApplicationForm,
    call: Call,
    recommendation: Recommendation | None = None,
    received_at: datetime | None = None,
    first_received_at: datetime | None = None,
) -> tuple[Finding, ...]:
    """One finding for every rule of the call, in the call's order.

    `first_received_at` is when the dossier itself arrived, of which the form is a correction; else the same.
    Without the recommender's table or the time of receipt the rules that need them are `not_evaluated`.
    Raises `Invalid` when a rule names a check that does not exist.
    """
    subject = Subject(form, call, recommendation, received_at, first_received_at or received_at)
    return tuple(_finding(rule, subject) for rule in call.formal_rules)


def _finding(rule: FormalRule, subject: Subject) -> Finding:
    check = CHECKS.get(rule.check)
    if check is None:
        raise Invalid(
            _(
                "形式审查条目%(rule)s使用了未知的检查“%(check)s”，请改用已有的检查名称。",
                rule=rule.id,
                check=rule.check,
            )
        )
    outcome: Outcome = check(subject, rule)
    return Finding(
        rule=rule.id,
        title=rule.title,
        mode=rule.mode,
        severity=rule.severity,
        result=outcome.result,
        note=outcome.note,
        place=outcome.place,
        check=rule.check,
        decide=rule.decide,
    )


def overall(findings: Iterable[Finding]) -> Overall:
    """The suggestion for the dossier, manual items assumed passed.

    A failed reject rule: ineligible; else a failed correctable rule: needs_correction; else a warning on
    what the applicant commits to (goals, units, indicators): eligible_after_manual_confirmation; else
    eligible.
    """
    listed = list(findings)
    failed = {finding.severity for finding in listed if finding.result == "fail"}
    if "reject" in failed:
        return "ineligible"
    if "correctable" in failed:
        return "needs_correction"
    if any(finding.result == "warn" and finding.check in CONFIRMED_TERMS for finding in listed):
        return "eligible_after_manual_confirmation"
    return "eligible"
