"""The small district's third quarter of 2026 paid by the stars, worked by hand from `rated.py` and `subsidy.yaml`.

area × rate × coefficient × 3 months, half up to the fen; 70 % to the district, half up, the rest to the street:
青石园 52,318.46 × 0.05 × 1.00 × 3 = 7,847.769 → 7,847.77 = 5,493.44 + 2,354.33
燕江里 44,015.20 × 0.30 × 1.00 × 3 = 39,613.68 = 27,729.58 + 11,884.10
尧辰新村 31,772.90 × 0.40 × 0.80 × 3 = 30,501.984 → 30,501.98 = 21,351.39 + 9,150.59
紫金花苑 (two stints: 45 and 47 days) is not rated, 无主巷 is managed by nobody.
In all 77,963.43 = 54,574.41 + 23,389.02.
The second quarter: 8,632.55 (four stars) + 273,504.00 (118,400.00 × 0.70 × 1.10 × 3) + 39,613.68 + 30,501.98.
"""

import district
import rated
from rated import Q2, Q3
from redproperty.actions.ratings import close_period, publish
from redproperty.actions.subsidies import Order, approve, draft

PACK = rated.the_pack()
DOCUMENT, ITEM = "宁栖住建〔2026〕18 号", "2120501 城乡社区公共设施"
FORM = {"period": "2026Q3", "budget": "100,000", "document_number": DOCUMENT, "budget_item": ITEM, "percent": "20"}
ORDER = Order(Q3, 10_000_000, DOCUMENT, ITEM)
TOTAL, WORDS = "77,963.43", "人民币柒万柒仟玖佰陆拾叁元肆角叁分"
# name, code, days, stars, due, paid, district, street
LINES = [
    ("青石园", "QX-0001", 92, 3, 7847.77, 7847.77, 5493.44, 2354.33),
    ("紫金花苑", "QX-0002", 45, None, 0, 0, 0, 0),
    ("紫金花苑", "QX-0002", 47, None, 0, 0, 0, 0),
    ("燕江里", "QX-0003", 92, 3, 39613.68, 39613.68, 27729.58, 11884.10),
    ("尧辰新村", "QX-0004", 92, 2, 30501.98, 30501.98, 21351.39, 9150.59),
    ("无主巷", "QX-0005", 92, None, 0, 0, 0, 0),
]


async def rate() -> None:
    """Score both quarters of the district and publish their stars."""
    await rated.score(PACK)
    bureau = await district.actor("district")
    for period in (Q2, Q3):
        await publish(bureau, [PACK], await close_period(bureau, [PACK], period, at=district.NOW), at=district.NOW)


async def drafted(order: Order = ORDER) -> str:
    """Return the number of a run that the preparer has drafted."""
    return await draft(await district.actor("preparer"), [PACK], order, at=district.NOW)


async def paid(order: Order = ORDER) -> str:
    """Return the number of a run that is drafted and approved."""
    number = await drafted(order)
    await approve(await district.actor("checker"), number, at=district.NOW)
    return number


async def paid_before() -> str:
    """Pay the second quarter in full, 352,252.21, and return the run's number."""
    return await paid(Order(Q2, 10**9, DOCUMENT, ITEM))
