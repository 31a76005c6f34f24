"""One round's totals under each normalization, each computed when it is first asked for and only once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .additive import AdditiveFit, fit_additive
from .exact import Groups
from .normalize import Normalized, without_severity, z_scores
from .notices import AggregatorError
from .ratings import Ratings


@dataclass(frozen=True, eq=False)
class RoundTotals:
    """What every rule of a round starts from; share it between rules and nothing is computed twice."""

    ratings: Ratings

    @cached_property
    def groups(self) -> Groups:
        """The sheets of each dossier that has any."""
        return Groups.of(self.ratings.sheet_dossier)

    @cached_property
    def raw(self) -> Normalized:
        """Totals as scored."""
        return Normalized(self.ratings.total, self.ratings.scale)

    @cached_property
    def severity(self) -> AdditiveFit | AggregatorError:
        """The experts' effects, or why they could not be found."""
        ratings = self.ratings
        try:
            return fit_additive(
                ratings.sheet_dossier,
                ratings.sheet_expert,
                self.raw.value,
                len(ratings.dossiers),
                len(ratings.experts),
                scale=ratings.scale,
            )
        except AggregatorError as error:
            return error

    @property
    def levelled(self) -> Normalized | None:
        """Totals less their expert's effect; None unless all reviews hang together and the fit settled."""
        fit = self.severity
        connected = not isinstance(fit, AggregatorError) and fit.components.connected
        return self.levelled_in_parts if connected else None

    @cached_property
    def levelled_in_parts(self) -> Normalized | None:
        """The same where reviews do not hang together: comparable only within a connected part."""
        fit = self.severity
        return None if isinstance(fit, AggregatorError) else without_severity(self.ratings, fit)

    @cached_property
    def standardized(self) -> Normalized:
        """Standard scores per expert, rescaled (see `z_scores`)."""
        return z_scores(self.ratings)
