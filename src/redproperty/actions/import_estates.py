"""Estates from a file: one row per estate code, with its grids and, once, who manages it from when."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from redproperty.actions.estates import AHEAD
from redproperty.actions.importer import Ground, Importer, stated
from redproperty.domain.access import scope
from redproperty.domain.cells import Parsed, Row
from redproperty.domain.companies import uscc_problem
from redproperty.domain.divisions import community_problem, grid_problem
from redproperty.domain.estates import Management, Tenure, tenure_problems
from redproperty.domain.import_columns import ESTATES
from redproperty.domain.imports import Fields, Wish, plain
from redproperty.domain.names import initials
from redproperty.domain.texts import Problem, Text
from redproperty.store import companies, divisions, imports, tenures
from redproperty.store.imports import REGISTER, Registered

_NO_COMPANY = Text("没有信用代码为“{uscc}”的企业，请先导入企业", "there is no company “{uscc}”; import it first")
_ALONE = Text("管理方式和管理起始日要一起填", "management and its first day go together")
_MANAGED = Text(
    "该小区已有管理记录；之后的变动请在小区页面或托管案件里办理",
    "this estate already has a record of management; later changes are made on its page or by a takeover case",
)
_MOVED = Text(
    "原有网格 {grids} 不属于社区 {community}，换社区时请一起填网格代码",
    "its grids {grids} do not lie in {community}: state the grids together with a new community",
)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}")
_NO_CODE = Text("小区编码用 2 到 20 个字母、数字和横线", "2 to 20 letters, digits and dashes")
_NO_YEAR = Text("建成年份应在 1900 到 {latest} 之间", "the year lies between 1900 and {latest}")
_TOO_FAR = Text("不能晚于 {latest}", "cannot be later than {latest}")
_FIRST = ("management", "company", "managed_since")
_PLAIN = tuple(name for name in REGISTER if name != "street")


@dataclass(frozen=True)
class Places:
    """The lists that codes are checked against: street and name of each community, the community of each grid."""

    communities: dict[str, str]
    grids: dict[str, str]
    names: dict[str, str]


class EstateImporter(Importer):
    """Compares rows with the register of estates, and codes with the lists of divisions."""

    def __init__(self, ground: Ground, register: dict[str, Registered], places: Places, uscc: dict[str, int]) -> None:
        self.ground, self.register, self.places, self.uscc = ground, register, places, uscc
        self.fields = Fields(
            ESTATES,
            frozenset({"name", "community", "estate_type", "stratum", "floor_area_cm", "households", "registered_on"}),
            words={"community": self._community},
            quiet=frozenset({"street"}),  # the community gives it
        )

    def _community(self, code: str) -> Text:
        return plain(f"{code} {self.places.names.get(code, '')}".strip())

    def wish(self, row: Row, parsed: Parsed) -> Wish:
        """Return the estate that a row states, its codes checked, with the street that its community gives."""
        code = parsed.values.get("code")
        values = stated(parsed.values, _PLAIN)
        known = self.register.get(str(code))
        name = values.get("name") or (known.values["name"] if known else "")
        wish = Wish(row, code, plain(f"{code or ''} {name}".strip()), {})
        problems = [
            *parsed.problems,
            *self._place(wish, values, parsed),
            *self._year(wish, values),
            *self._days(wish, parsed),
        ]
        if code is not None and not _CODE.fullmatch(str(code)):
            problems.append(Problem(wish.at("code"), _NO_CODE))
        problems += self._management(wish, values, parsed, known)
        return replace(wish, values=values, problems=tuple(problems))

    def _place(self, wish: Wish, values: dict[str, Any], parsed: Parsed) -> list[Problem]:
        """Check community and grids against the lists; put the street and the set of grids into `values`."""
        problems = []
        known = self.register.get(str(wish.key))
        community = values.get("community") or (known.values["community"] if known else None)
        if "community" in values:
            text = community_problem(values["community"], self.places.communities)
            if text is not None:
                return [Problem(wish.at("community"), text)]
            values["street"] = self.places.communities[values["community"]]
        if (told := parsed.values.get("grids")) is not None:
            grids = frozenset(part for part in re.split(r"[,，、;；\s]+", str(told)) if part)
            within = [community] if community else []
            texts = [grid_problem(grid, self.places.grids, communities=within) for grid in sorted(grids)]
            problems = [Problem(wish.at("grids"), text) for text in texts if text is not None]
            values["grids"] = grids
        elif known and community != known.values["community"]:
            within, kept = [str(community)], sorted(known.grids)
            outside = [code for code in kept if grid_problem(code, self.places.grids, communities=within) is not None]
            if outside:
                problems = [Problem(wish.at("community"), _MOVED.fill(grids="、".join(outside), community=community))]
        return problems

    def _year(self, wish: Wish, values: dict[str, Any]) -> list[Problem]:
        latest = self.ground.today.year
        if "built_year" in values and not 1900 <= values["built_year"] <= latest:  # noqa: PLR2004
            return [Problem(wish.at("built_year"), _NO_YEAR.fill(latest=latest))]
        return []

    def _days(self, wish: Wish, parsed: Parsed) -> list[Problem]:
        """Refuse days as far ahead as the estate's own page refuses them: a slip of the pen would hide the estate."""
        latest = self.ground.today + AHEAD
        days = {name: parsed.values.get(name) for name in ("registered_on", "managed_since")}
        late = [name for name, day in days.items() if isinstance(day, date) and day > latest]
        return [Problem(wish.at(name), _TOO_FAR.fill(latest=latest)) for name in late]

    def _management(
        self, wish: Wish, values: dict[str, Any], parsed: Parsed, known: Registered | None
    ) -> list[Problem]:
        """Check the first tenure that a row states and put it into `values`; a row may repeat the one that is there."""
        kind, uscc, since = (parsed.values.get(name) for name in ("management", "company", "managed_since"))
        if kind is None and since is None and uscc is None:
            return []
        if kind is None or not isinstance(since, date):
            return [Problem(wish.at("management"), _ALONE)]
        if uscc is not None and uscc not in self.uscc:
            text = uscc_problem(str(uscc)) or _NO_COMPANY.fill(uscc=uscc)
            return [Problem(wish.at("company"), text)]
        tenure = self._tenure(parsed.values)
        if known is not None and any(replace(old, ends=None) == tenure for old in known.tenures):
            return []
        if known is not None and known.tenures:
            return [Problem(wish.at("management"), _MANAGED)]
        values.update(stated(parsed.values, _FIRST))
        names = {"begins": "managed_since", "management": "management", "company": "company"}
        return [Problem(wish.at(names[one.field]), one.text) for one in tenure_problems(tenure, ())]

    def _tenure(self, values: Mapping[str, Any]) -> Tenure:
        """Return the first tenure that checked values state."""
        return Tenure(
            Management(values["management"]),
            values["managed_since"],
            company_id=self.uscc.get(values.get("company") or ""),
        )

    def before(self, wish: Wish) -> Mapping[str, Any] | None:
        """Return the estate as registered, with its grids."""
        known = self.register.get(str(wish.key))
        return None if known is None else {**known.values, "grids": known.grids}

    async def write(self, wishes: Sequence[Wish]) -> None:
        """Add the new ones, change the others; grids and first tenures follow."""
        new = {str(wish.key): self._columns(wish) for wish in wishes if wish.key not in self.register}
        ids = await imports.add_estates(new)
        for wish in wishes:
            known = self.register.get(str(wish.key))
            estate = known.id if known else ids[str(wish.key)]
            if known is not None:
                await imports.change_estate(estate, self._columns(wish))
            before = known.grids if known else frozenset()
            if wish.values.get("grids", before) != before:
                await imports.span_grids(estate, wish.values["grids"], before)
            if "management" in wish.values:
                await tenures.begin(estate, self._tenure(wish.values))

    @staticmethod
    def _columns(wish: Wish) -> dict[str, Any]:
        columns = {name: value for name, value in wish.values.items() if name in REGISTER}
        return columns | ({"initials": initials(columns["name"])} if "name" in columns else {})


async def opened(ground: Ground) -> EstateImporter:
    """Return the importer with the register and the lists as they stand."""
    communities = await divisions.communities()
    register = await imports.estates(scope(ground.actor), ground.today)
    streets, names = ({one.code: getattr(one, part) for one in communities} for part in ("parent", "name"))
    places = Places(streets, await divisions.grids(), names)
    return EstateImporter(ground, register, places, await companies.ids())
