"""The vocabulary of an edition: every shape that a step can have. The only place to name a new one."""

from redproperty.domain.steps.arithmetic import Clamp, Round, Sum
from redproperty.domain.steps.extras import Extras
from redproperty.domain.steps.rounds import CategoryRounds, RoundCount, Rounds, Sample
from redproperty.domain.steps.weights import WeightedMean

AnyStep = RoundCount | Rounds | CategoryRounds | Sample | WeightedMean | Extras | Sum | Clamp | Round
