"""What a call asks for, as data: load_call reads a folder of TOML files into frozen dataclasses."""

from scoring_rubrics.call import (
    AffinityRules,
    Call,
    DefenseRules,
    DropoutRules,
    FormalRule,
    PanelRules,
    ProposalRules,
    PublicityRules,
    ReconciliationRules,
    ReviewStage,
    ShortlistRules,
    StagePanel,
    Triggers,
)
from scoring_rubrics.call_reader import digest_of, load_call, parse_call
from scoring_rubrics.form import (
    District,
    FormLayout,
    FormSection,
    Indicator,
    KpiStage,
    ProofCategory,
    ServiceGoal,
    TextLimits,
)
from scoring_rubrics.meeting import MeetingStep
from scoring_rubrics.notice_template import NoticeTemplate
from scoring_rubrics.reader import AssumedValue, RubricFault
from scoring_rubrics.recusal_rules import Ground, GroundRule, RecusalRules
from scoring_rubrics.rubric import (
    AcceptanceRules,
    CommentRule,
    Criterion,
    Evidence,
    Fault,
    Item,
    Level,
    Rubric,
)
from scoring_rubrics.rule import Rule
from scoring_rubrics.signatures import GATES as SIGNATURE_GATES
from scoring_rubrics.signatures import SignatureGate, SignatureRules
from scoring_rubrics.ties import TieRules

__all__ = [
    "SIGNATURE_GATES",
    "AcceptanceRules",
    "AffinityRules",
    "AssumedValue",
    "Call",
    "CommentRule",
    "Criterion",
    "DefenseRules",
    "District",
    "DropoutRules",
    "Evidence",
    "Fault",
    "FormLayout",
    "FormSection",
    "FormalRule",
    "Ground",
    "GroundRule",
    "Indicator",
    "Item",
    "KpiStage",
    "Level",
    "MeetingStep",
    "NoticeTemplate",
    "PanelRules",
    "ProofCategory",
    "ProposalRules",
    "PublicityRules",
    "ReconciliationRules",
    "RecusalRules",
    "ReviewStage",
    "Rubric",
    "RubricFault",
    "Rule",
    "ServiceGoal",
    "ShortlistRules",
    "SignatureGate",
    "SignatureRules",
    "StagePanel",
    "TextLimits",
    "TieRules",
    "Triggers",
    "digest_of",
    "load_call",
    "parse_call",
]
