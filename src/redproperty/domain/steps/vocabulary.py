"""The vocabulary of an edition: every shape that a step can have. The only place to name a new one."""

from redproperty.domain.steps.arithmetic import Best, Clamp, Product, Quotient, Root, Round, Sum, Worst
from redproperty.domain.steps.cohorts import Group, Quota
from redproperty.domain.steps.earlier import Earlier, InARow
from redproperty.domain.steps.extras import Extras
from redproperty.domain.steps.lookups import Bands, Count, FirstMatch, Flag, Scale, Table
from redproperty.domain.steps.marks import Points
from redproperty.domain.steps.rounds import CategoryRounds, RoundCount, Rounds, Sample, Several
from redproperty.domain.steps.shares import Share
from redproperty.domain.steps.tiers import Tiers
from redproperty.domain.steps.weights import WeightedMean

Observed = RoundCount | Rounds | CategoryRounds | Points | Sample
Reckoned = WeightedMean | Several | Extras | Sum | Product | Quotient | Root | Best | Worst | Clamp | Round
LookedUp = Bands | Scale | Tiers | Table | FirstMatch | Count | Flag
Compared = Group | Quota | Share | Earlier | InARow
MoneyStep = Reckoned | LookedUp | Compared  # over the lines of a subsidy, where there are no rounds
AnyStep = Observed | Reckoned | LookedUp | Compared
