"""The tree of the demo: the nine streets of Qixia under their codes; communities and grids are invented."""

from dataclasses import dataclass
from random import Random

from redproperty.demo.words import COMMUNITIES

DISTRICT = "320113000000"
STATISTICS = "国家统计局统计用区划代码（公开副本）"
INVENTED = "演示数据（自编）"
GRIDS = 1007


@dataclass(frozen=True)
class Street:
    """A street with how many communities and estates the demo gives it, and how dear it is to live there.

    `login` stands in the account names of its people, `shift` moves the quality of its estates (points).
    """

    code: str
    name: str
    login: str
    communities: int
    estates: int
    shift: float


STREETS = (
    Street("320113001000", "尧化街道", "yh", 16, 45, 0.5),
    Street("320113002000", "马群街道", "mq", 12, 42, 1.5),
    Street("320113003000", "迈皋桥街道", "mgq", 22, 62, -1.0),
    Street("320113004000", "燕子矶街道", "yzj", 18, 50, -0.5),
    Street("320113005000", "栖霞街道", "qx", 14, 34, -1.5),
    Street("320113006000", "龙潭街道", "lt", 13, 22, -2.0),
    Street("320113007000", "仙林街道", "xl", 12, 40, 3.0),
    Street("320113009000", "八卦洲街道", "bgz", 8, 8, -1.0),
    Street("320113010000", "西岗街道", "xg", 12, 27, 0.0),
)


@dataclass(frozen=True)
class Tree:
    """Rows of divisions and grids; `communities` are codes by street, `grids` ids by community."""

    divisions: list[dict[str, object]]
    rows: list[dict[str, object]]
    communities: dict[str, list[str]]
    grids: dict[str, list[int]]


def tree(chance: Random) -> Tree:
    """Return the district with its 9 streets, 127 communities and 1,007 grids."""
    names = iter(COMMUNITIES)
    divisions = [_division(DISTRICT, "栖霞区", "district", None, STATISTICS)]
    communities: dict[str, list[str]] = {}
    for street in STREETS:
        divisions.append(_division(street.code, street.name, "street", DISTRICT, STATISTICS))
        codes = [f"{street.code[:9]}{number:03}" for number in range(1, street.communities + 1)]
        divisions += [_division(code, f"{next(names)}社区", "community", street.code, INVENTED) for code in codes]
        communities[street.code] = codes
    rows, grids = _grids([code for codes in communities.values() for code in codes], chance)
    return Tree(divisions, rows, communities, grids)


def _division(code: str, name: str, level: str, parent: str | None, issuer: str) -> dict[str, object]:
    return {"code": code, "name": name, "level": level, "parent": parent, "issuer": issuer, "year": 2026}


def _grids(communities: list[str], chance: Random) -> tuple[list[dict[str, object]], dict[str, list[int]]]:
    """Return the grids, five to eleven to a community, 1,007 in all."""
    sizes = [chance.randint(5, 11) for _ in communities]
    while (gap := GRIDS - sum(sizes)) != 0:
        index = chance.randrange(len(sizes))
        sizes[index] = min(max(sizes[index] + (1 if gap > 0 else -1), 5), 11)
    rows: list[dict[str, object]] = []
    grids: dict[str, list[int]] = {}
    for community, size in zip(communities, sizes, strict=True):
        grids[community] = []
        for number in range(1, size + 1):
            exclusive = number == size and size > 9  # big communities have one for a park or a school
            rows.append(
                {
                    "id": len(rows) + 1,
                    "code": f"{community}{number:03}",
                    "name": f"第{number}网格" if not exclusive else f"第{number}网格（专属）",
                    "community": community,
                    "kind": "exclusive" if exclusive else "general",
                }
            )
            grids[community].append(len(rows))
    return rows, grids
