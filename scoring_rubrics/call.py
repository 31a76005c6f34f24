"""What one call asks for, as frozen data: no code here or elsewhere names a particular call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from scoring_rubrics.form import (
    District,
    FormLayout,
    Indicator,
    KpiStage,
    ServiceGoal,
    TextLimits,
)
from scoring_rubrics.meeting import MeetingStep
from scoring_rubrics.notice_template import USUAL, NoticeTemplate
from scoring_rubrics.reader import AssumedValue
from scoring_rubrics.recusal_rules import RecusalRules
from scoring_rubrics.rubric import CommentRule, Rubric
from scoring_rubrics.rule import Rule
from scoring_rubrics.signatures import SignatureRules
from scoring_rubrics.ties import TieRules

StageKind = Literal["check", "opinion", "score"]
StageMode = Literal["online", "onsite"]
Mode = Literal["auto", "manual", "auto+manual", "auto+confirm", "auto+decide"]
Severity = Literal["reject", "correctable", "warn_only"]


@dataclass(frozen=True, slots=True)
class StagePanel:
    """One of several panels of a stage, each with dossiers of its own; shortlist: how many of them go on."""

    key: str
    name: str
    shortlist: int


@dataclass(frozen=True, slots=True)
class ReviewStage:
    """A stage of the review; phase is the notice's own word for it, weight the share of the final score.

    mode: "onsite", where texts and sheets open only for an expert who has signed in.
    panels: none where one panel scores every dossier.
    """

    key: str
    name: str
    kind: StageKind
    rubric: str | None
    weight: Decimal | None
    phase: str
    conclusions: tuple[str, ...] = ()
    mode: StageMode = "online"
    panels: tuple[StagePanel, ...] = ()

    def panel(self, key: str) -> StagePanel | None:
        """The panel with this key; None for the empty key of a stage with one panel."""
        return next((panel for panel in self.panels if panel.key == key), None)


@dataclass(frozen=True, slots=True)
class PanelRules:
    """size and minimum in experts.

    both_rounds: whether an expert of an earlier round may sit in a later one; with "some_new" at least
    new_experts of its panel must be new.
    """

    size: int
    minimum: int
    odd: bool
    per_employer_max: int
    quorum: int
    substitutes: int
    both_rounds: Literal["allow", "forbid", "some_new"] = "allow"
    new_experts: int = 0


@dataclass(frozen=True, slots=True)
class DropoutRules:
    """What becomes of the sheets of an expert who drops out before unsealing.

    keep_submitted_complete: submitted sheets stay, all others are void. void_all: all are void. Under either
    the substitute scores every dossier of the panel.
    """

    rule: Literal["keep_submitted_complete", "void_all"]


@dataclass(frozen=True, slots=True)
class AffinityRules:
    """What declared specialty, text and history count in the affinity of an expert and a dossier."""

    specialty: Decimal
    text: Decimal
    history: Decimal


@dataclass(frozen=True, slots=True)
class ShortlistRules:
    """How many places the shortlist has at most and the points that it takes (at least)."""

    places: int
    threshold: Decimal


@dataclass(frozen=True, slots=True)
class DefenseRules:
    """Minutes for presenting and questions, persons at most, minutes of waiting before an absence counts.

    call_minutes: how long before its turn a unit has to be there. order: how the order is drawn, purely by
    chance or by chance among the orders in which recused experts leave the room least often.
    """

    present_minutes: int
    question_minutes: int
    attendees_max: int
    late_minutes: int
    call_minutes: int
    order: Literal["fewest_departures", "random"]


@dataclass(frozen=True, slots=True)
class ProposalRules:
    """Conclusions with which a unit may be proposed, and the one whose conditions go to the task book."""

    conclusions: tuple[str, ...]
    conditional: str | None


@dataclass(frozen=True, slots=True)
class PublicityRules:
    """Length of the publicity period; count_start: the day of publication is the first day.

    restart_on_takedown, restart_on_correction: a full period begins anew with the next appearance; otherwise
    the days go on being counted from it.
    """

    working_days: int
    count_start: bool
    order: Literal["rank", "district"]
    restart_on_takedown: bool = True
    restart_on_correction: bool = True
    template: NoticeTemplate = USUAL


@dataclass(frozen=True, slots=True)
class Triggers:
    """What calls for reconciliation. What is None or empty is not looked at.

    deviation_percent, range_points   a total against the mean, the highest against the lowest
    severity_points   an expert who scores that much higher or lower than the others, on the same dossiers
    noise_times       an expert whose scores miss what the others' lead to expect that many times as widely
    chance_percent    of the experts so named at most that share may be chance
    low_levels, praise, faults, negations   a comment that contradicts the points: an item on one of these
        levels with nothing but praise in it, or with full marks and a fault; a word after a negation is none
    """

    deviation_percent: Decimal
    range_points: Decimal
    severity_points: Decimal | None = None
    noise_times: Decimal | None = None
    chance_percent: Decimal | None = None
    low_levels: tuple[str, ...] = ()
    praise: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()

    def canonical(self) -> dict[str, object]:
        """The triggers in use as strings and lists, for freezing."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: list(value) if isinstance(value, tuple) else f"{value.normalize():f}"
            for name, value in found.items()
            if value not in (None, ())
        }


@dataclass(frozen=True, slots=True)
class ReconciliationRules:
    """answer_hours: how long an expert who is asked has to answer, unless the chair sets another time.

    show_others: whether that expert sees the other totals of the dossier, by code, beside the own.
    """

    show_others: bool
    answer_hours: int


@dataclass(frozen=True, slots=True)
class FormalRule:
    """A rule of the formal check; check names a generic function, params are its arguments.

    decide    a failure is never acted on by itself: it waits for a recorded decision of the office
    guide     what an officer looks at where a person has to check
    """

    id: str
    title: str
    mode: Mode
    severity: Severity
    check: str
    params: Mapping[str, object]
    decide: bool = False
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call with all its rules. quota is soft; deadline is the first instant that is too late.

    reminder_days: so many days before their deadline experts with open sheets get a letter; none when empty.
    """

    slug: str
    title: str
    short_title: str
    document_number: str
    issuer: str
    issued_on: date
    legal_basis: str
    year: int
    quota: int
    consortium_max: int
    deadline: datetime
    deadline_label: str
    receipt: Literal["arrival", "postmark"]
    district_title: str
    districts: tuple[District, ...]
    goals: tuple[ServiceGoal, ...]
    goals_min: int
    goals_any_of: tuple[int, ...]
    stages: tuple[KpiStage, ...]
    indicators: tuple[Indicator, ...]
    limits: TextLimits
    platform_name: str
    chain_id_prefix: str
    form: FormLayout
    review_stages: tuple[ReviewStage, ...]
    panel: PanelRules
    recusal: RecusalRules
    dropout: DropoutRules
    affinity: AffinityRules
    shortlist: ShortlistRules
    defense: DefenseRules
    proposal: ProposalRules
    ties: TieRules
    publicity: PublicityRules
    signatures: SignatureRules
    meeting: tuple[MeetingStep, ...]
    reminder_days: tuple[int, ...]
    comments: CommentRule
    level_names: Mapping[str, str]
    triggers: Triggers
    reconciliation: ReconciliationRules
    rule: Rule
    formal_rules: tuple[FormalRule, ...]
    rubrics: Mapping[str, Rubric]
    assumed: tuple[AssumedValue, ...]
    digest: str
    files: Mapping[str, bytes]

    def rubric_of(self, stage_key: str) -> Rubric:
        """The rubric that a review stage scores by; KeyError when there is no such scoring stage."""
        return self.rubrics[str(self.stage(stage_key).rubric)]

    def stage(self, key: str) -> ReviewStage:
        """The review stage with this key; KeyError when the call has none."""
        for stage in self.review_stages:
            if stage.key == key:
                return stage
        raise KeyError(key)

    def round_name(self, stage_key: str, panel: str = "") -> str:
        """What the round of a stage is called, with its panel's name where the stage has several."""
        stage = self.stage(stage_key)
        found = stage.panel(panel)
        return f"{stage.name}（{found.name}）" if found else stage.name

    def places(self, stage_key: str, panel: str = "") -> int:
        """How many go on from a round: the panel's share where the stage has several panels."""
        found = self.stage(stage_key).panel(panel)
        return found.shortlist if found else self.shortlist.places

    @property
    def final_rule(self) -> Rule:
        """The rule over the final stages: no tie in it is told apart by what single panels scored."""
        apart = {name for stage in self.scored_stages if stage.panels for name in (stage.key, stage.rubric)}
        keys = (key for key in self.rule.tie_keys if key.split(".")[key.startswith("stage.")] not in apart)
        return replace(self.rule, tie_keys=tuple(keys))

    @property
    def final_stages(self) -> tuple[ReviewStage, ...]:
        """The scored stages that make up the final score: those where one panel saw every dossier."""
        return tuple(stage for stage in self.scored_stages if not stage.panels)

    @property
    def scored_stages(self) -> tuple[ReviewStage, ...]:
        """The review stages that give points, in order."""
        return tuple(stage for stage in self.review_stages if stage.kind == "score")

    def formal_rule(self, rule_id: str) -> FormalRule:
        """The formal rule with this id; KeyError when the call has none."""
        for rule in self.formal_rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)
