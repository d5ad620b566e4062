"""One estate rated without a record: what is not said is perfect, and what comes out is worked by hand.

`SMALL` (from `rated`) loses 2 places × 0.5 on BJ-01, 3 points on SB-04 (84 % lit, target 90 %: 6 × 0.5) and 0.5 on
FW-03: 95.50. The weights are 60, 20, 10, 10; five stars are open to 15 % of a group, so to none of one estate.
"""

import polars as pl

from rated import the_pack
from redproperty.domain.facts import perfect
from redproperty.domain.runs import ABOUT, rate, scored

PACK = the_pack()


def rate_one(sheets, *, history=(), pack=None, **facts):
    """Return the settled row and the scored inspections of one estate; `facts` in millionths, flags and choices."""
    pack = pack or PACK
    held = perfect(pack.rating.facts) | facts
    estates = pl.DataFrame([(1, "QX-0001", "青石园", "320113007000", 1, 7)], schema=dict(ABOUT), orient="row")
    estates = estates.with_columns(pl.lit(held[fact.name], fact.dtype).alias(fact.name) for fact in pack.rating.facts)
    best = {item.code: item.shape.best() for item in pack.sheet.items}
    rows = [
        {"inspection_id": n, "estate_id": 1, "round": n, "void": False, **best, **found}
        for n, found in enumerate(sheets, start=1)
    ]
    answers = dict.fromkeys(pack.sheet.codes, pl.Int64)
    ids = {"inspection_id": pl.Int64, "estate_id": pl.Int64, "round": pl.Int64, "void": pl.Boolean}
    past = pl.DataFrame(
        [(1, back, composite) for back, composite in enumerate(history, start=1)],
        schema={"estate_id": pl.Int64, "periods_back": pl.Int64, "composite": pl.Int64},
        orient="row",
    )
    row = rate(pack, estates=estates, inspections=pl.DataFrame(rows, schema=ids | answers), history=past).to_dicts()[0]
    return row, scored(pack, [row])
