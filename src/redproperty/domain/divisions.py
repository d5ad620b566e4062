"""Official codes of places: 12 digits for district, street and community, three more for a grid (网格).

2 province + 2 city + 2 district + 3 street + 3 community (statistical area codes). Which districts and streets exist
is data; the digits only tell the level. Parents stand in the record: where they contradict the digits, both are kept
and the record decides.
"""

from collections.abc import Collection

from redproperty.domain.choices import Choice
from redproperty.domain.texts import Text

CODE_LENGTH, GRID_LENGTH = 12, 15
_DISTRICT, _STREET = 6, 9


class Level(Choice):
    """How far down a code reaches."""

    DISTRICT = "district", "区", "district"
    STREET = "street", "街道", "street"
    COMMUNITY = "community", "社区", "community"
    GRID = "grid", "网格", "grid"


_NO_CODE = Text("“{code}”应为 12 位数字", "“{code}” must be 12 digits")
_NO_GRID = Text("“{code}”应为 15 位数字（社区 12 位加 3 位）", "“{code}” must be 15 digits (12 of the community and 3)")
_WRONG_LEVEL = Text("“{code}”是{found}代码，这里要{wanted}代码", "“{code}” is the code of a {found}, not of a {wanted}")
_UNKNOWN = Text("没有代码为“{code}”的{level}", "There is no {level} with the code “{code}”")
_OTHER_STREET = Text("社区 {community} 不属于街道 {street}", "Community {community} does not lie in street {street}")
_OTHER_COMMUNITY = Text(
    "网格 {grid} 属于社区 {owner}，不属于 {community}", "Grid {grid} lies in {owner}, not in {community}"
)


def level(code: str) -> Level | None:
    """Return the level of a code by its digits; nothing when it is none."""
    if not (code.isascii() and code.isdecimal()):
        return None
    if len(code) == GRID_LENGTH:
        return Level.GRID
    if len(code) != CODE_LENGTH or code[:_DISTRICT].endswith("00"):
        return None
    if code[_STREET:] != "000":
        return Level.COMMUNITY
    return Level.STREET if code[_DISTRICT:_STREET] != "000" else Level.DISTRICT


def code_problem(code: str, wanted: Level) -> Text | None:
    """Return what is wrong with the form of a code that should name a `wanted` division."""
    found = level(code)
    if found is wanted:
        return None
    if found is None:
        return (_NO_GRID if wanted is Level.GRID else _NO_CODE).fill(code=code)
    return _WRONG_LEVEL.fill(code=code, found=found.label, wanted=wanted.label)


def community_problem(code: str, parents: dict[str, str], *, street: str | None = None) -> Text | None:
    """Return why an estate cannot lie in a community: a wrong form, not on the list, or of another street (H07).

    `parents` is the list of communities in force, each with its street.
    """
    problem = code_problem(code, Level.COMMUNITY)
    if problem is not None:
        return problem
    if code not in parents:
        return _UNKNOWN.fill(code=code, level=Level.COMMUNITY.label)
    if street is not None and parents[code] != street:
        return _OTHER_STREET.fill(community=code, street=street)
    return None


def grid_problem(code: str, grids: dict[str, str], *, communities: Collection[str]) -> Text | None:
    """Return why an estate of these communities cannot span a grid; `grids` gives the community of each grid."""
    problem = code_problem(code, Level.GRID)
    if problem is not None:
        return problem
    if code not in grids:
        return _UNKNOWN.fill(code=code, level=Level.GRID.label)
    if communities and grids[code] not in communities:
        return _OTHER_COMMUNITY.fill(grid=code, owner=grids[code], community="、".join(communities))
    return None
