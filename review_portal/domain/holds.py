"""提请暂停: which acts go on while a supervisor holds a call or a round. Everything else does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# The trail's codes of acts that a hold leaves alone; a new act is held until somebody names it here.
GOES_ON: Final[Mapping[str, str]] = {
    "hold": "the hold itself",
    "lift_hold": "its end",
    "note_supervision": "the supervisor's own notes change nothing of the call",
    "make_supervision_form": "made of these notes alone",
    "register_objection": "what comes in is registered the day it comes",
    "read_complainant": "reads who complained",
    "read_guarded_evidence": "reads what the complainant sent",
    "verify_chain": "reads, and says what it found",
    "log_in": "nobody is kept from what he has typed",
    "use_entry": "a way of logging in",
    "lock_account": "protects an account",
    "change_password": "the own password",
    "reset_password": "on the machine itself, by whoever runs it",
    "unmask_expert": "reads a telephone number",
    "export_experts": "reads the register",
    "apply_score_workbook": "keeps as drafts what an expert has typed",
    "ask_bundle": "copies of papers that are there",
    "make_bundle": "copies of papers that are there",
    "remove_bundle": "copies alone are removed",
    "finish_reminders": "says which letters went out before",
    "finish_results": "says which letters went out before",
}
_STOPPING: Final = frozenset({"pause"})  # a running clock of a defense may be stopped, and not started


def goes_on(action: str, detail: Mapping[str, object]) -> bool:
    """Whether an act is done although its call or round is held."""
    return action in GOES_ON or (action == "control_defense" and detail.get("control") in _STOPPING)
