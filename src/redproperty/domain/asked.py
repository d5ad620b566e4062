"""How an answer stands as one whole number, its code, and what a form needs to ask for it."""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from redproperty.domain.texts import Text

MOST_PLACES: Final = 999
MOST_KINDS: Final = 6  # so many counts of up to MOST_PLACES fit into one code


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a form needs to ask for a code: the control, its unit and its limits.

    `low`, `high` and `step` are codes (millionths where `kind` is `number`); `choices` are in the order of their codes;
    `parts` name the fields of what is counted apart (`kind` is `counts`).
    """

    kind: Literal["count", "counts", "yes_no", "levels", "number"]
    unit: Text | None = None
    low: int = 0
    high: int = MOST_PLACES
    step: int = 1
    choices: tuple[Text, ...] = ()
    parts: tuple[Text, ...] = ()


def counts_in(code: int, parts: int) -> tuple[int, ...]:
    """Return the counts that a code of several counts holds, in the order of its `parts`."""
    return tuple(code // (MOST_PLACES + 1) ** index % (MOST_PLACES + 1) for index in range(parts))


def counts_code(counts: Iterable[int]) -> int:
    """Return several counts of at most `MOST_PLACES` as one code: the first counts ones, the second thousands."""
    return sum(count * (MOST_PLACES + 1) ** index for index, count in enumerate(counts))
