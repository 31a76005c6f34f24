"""What the statistician's workbook prints: everything that one file of scores says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from review_portal.aggregator.agreement import Agreement
from review_portal.aggregator.anomalies import Anomalies
from review_portal.aggregator.comparison import Comparison
from review_portal.aggregator.connectivity import Connectivity
from review_portal.aggregator.mixed_model import MixedFit
from review_portal.aggregator.notices import Notice
from review_portal.aggregator.panels import PanelRanking
from review_portal.aggregator.ranking import Ranking
from review_portal.aggregator.ratings import Ratings
from review_portal.aggregator.stability import Stability
from review_portal.aggregator.uncertainty import RankUncertainty


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """The fitted totals and, by name, the fitted criteria; ranks: None where the dossiers do not differ."""

    fit: MixedFit
    criteria: tuple[tuple[str, MixedFit], ...]
    ranks: RankUncertainty | None

    @property
    def fits(self) -> tuple[tuple[str, MixedFit], ...]:
        """All of them under the names that a sheet prints."""
        return (("总分", self.fit), *self.criteria)


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Dossiers ranked within their groups.

    names   the groups, in the order of a fit's group effects
    ranks   of each panel, in the order of its ranking's dossiers; None where they cannot be told
    places  whether anybody said how many each group has
    """

    ranking: PanelRanking
    names: tuple[str, ...]
    ranks: tuple[RankUncertainty | None, ...]
    places: bool


@dataclass(frozen=True, slots=True, eq=False)
class StatisticsReport:
    """One file's statistics.

    file, file_digest   its name, and SHA-256 of its bytes (what `sha256sum` prints)
    rule, rule_digest   the deciding rule's shorthand, and SHA-256 of its parameters in canonical JSON
    quota               places, None if nobody said how many
    comparison          the deciding ranking and the other rules'
    grouped             None without groups
    calibrated          None where the model cannot be fitted
    agreements          of the totals, then of every criterion if there are several
    anomalies           None without a fit
    stability           None without a quota or beyond the size that anybody waits for
    notices             what is missing or uncertain, in the order of the sheets
    options             label and value of what was chosen
    """

    file: str
    file_digest: str
    rule: str
    rule_digest: str
    quota: int | None
    ratings: Ratings
    comparison: Comparison
    grouped: Grouped | None
    calibrated: Calibrated | None
    agreements: tuple[Agreement, ...]
    connectivity: Connectivity
    anomalies: Anomalies | None
    stability: Stability | None
    notices: tuple[Notice, ...]
    options: tuple[tuple[str, str], ...]
    made_at: datetime
    software_version: str

    @property
    def rankings(self) -> tuple[tuple[str, Ranking | None], ...]:
        """Every rule's ranking, the deciding one first; None where the rule cannot be applied."""
        others = ((other.name, other.ranking) for other in self.comparison.others)
        return ((self.rule, self.comparison.ranking), *others)
