"""Assessment periods (考核期): years, half-years, quarters or months, as the edition states.

They are written `2026`, `2026H1`, `2026Q3` and `2026-07` in the record, in addresses and in files.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, Self

from redproperty.domain.texts import Invalid, Problem, Text

Kind = Literal["year", "half_year", "quarter", "month"]
_A_YEAR: Final = 12
_MONTHS: Final[Mapping[Kind, int]] = {"year": 12, "half_year": 6, "quarter": 3, "month": 1}
_CODES: Final[Mapping[Kind, re.Pattern[str]]] = {
    "year": re.compile(r"([0-9]{4})"),
    "half_year": re.compile(r"([0-9]{4})H([12])"),
    "quarter": re.compile(r"([0-9]{4})Q([1-4])"),
    "month": re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])"),
}
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December")  # fmt: skip
_WRONG = Text(
    "“{code}”不是考核期，应写作年份加季度，例如 2026Q3（半年 2026H1，月 2026-07，年 2026）",
    "“{code}” is no period; write year and quarter, e.g. 2026Q3 (half-year 2026H1, month 2026-07, year 2026)",
)
KINDS: Final[Mapping[Kind, Text]] = {
    "year": Text("年度", "year"),
    "half_year": Text("半年", "half-year"),
    "quarter": Text("季度", "quarter"),
    "month": Text("月", "month"),
}


@dataclass(frozen=True, order=True)
class Period:
    """One period; those of a kind sort in time. `number` counts them within the year, from 1."""

    year: int
    number: int
    kind: Kind = "quarter"

    @classmethod
    def parse(cls, code: str) -> Self:
        """Return the period written `2026`, `2026H1`, `2026Q3` or `2026-07` (spaces and small letters are forgiven).

        Raises:
            Invalid: it is not written so, or its year is outside 2000 to 2099.
        """
        written = code.strip()
        for kind, form in _CODES.items():
            found = form.fullmatch(written.upper())
            if found is not None and _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
                return cls(int(found[1]), 1 if kind == "year" else int(found[2]), kind)
        raise Invalid(Problem("period", _WRONG.fill(code=written)))

    @classmethod
    def of(cls, day: date, kind: Kind = "quarter") -> Self:
        """Return the period of its kind in which `day` lies."""
        return cls(day.year, (day.month - 1) // _MONTHS[kind] + 1, kind)

    @property
    def code(self) -> str:
        """The form in which the record keeps it; codes of a kind sort like the periods."""
        if self.kind == "month":
            return f"{self.year}-{self.number:02}"
        if self.kind == "year":
            return str(self.year)
        return f"{self.year}{'Q' if self.kind == 'quarter' else 'H'}{self.number}"

    @property
    def months(self) -> int:
        """Calendar months: 12, 6, 3 or 1."""
        return _MONTHS[self.kind]

    @property
    def month(self) -> int:
        """The month in which it ends, from 1."""
        return self.number * self.months

    @property
    def quarter(self) -> int:
        """The quarter in which it ends, from 1."""
        return (self.month + 2) // 3

    @property
    def begins(self) -> date:
        """First day."""
        return date(self.year, (self.number - 1) * self.months + 1, 1)

    @property
    def ends(self) -> date:
        """Last day, inclusive."""
        return self.next().begins - timedelta(days=1)

    @property
    def days(self) -> int:
        """Calendar days, first and last included."""
        return (self.ends - self.begins).days + 1

    @property
    def title(self) -> Text:
        """How it is said to people."""
        match self.kind:
            case "year":
                return Text(f"{self.year}年", str(self.year))
            case "half_year":
                half = Text("上", "first") if self.number == 1 else Text("下", "second")
                return Text(f"{self.year}年{half.zh}半年", f"{half.en} half of {self.year}")
            case "quarter":
                return Text(f"{self.year}年第{'一二三四'[self.number - 1]}季度", f"Q{self.number} {self.year}")
            case "month":
                return Text(f"{self.year}年{self.number}月", f"{_MONTH_NAMES[self.number - 1]} {self.year}")

    def next(self) -> Self:
        """Return the period after it."""
        return self.later(1)

    def previous(self) -> Self:
        """Return the period before it."""
        return self.later(-1)

    def later(self, periods: int) -> Self:
        """Return the period so many of its kind on; a negative number goes back."""
        a_year = _A_YEAR // self.months
        year, index = divmod(self.year * a_year + self.number - 1 + periods, a_year)
        return type(self)(year, index + 1, self.kind)

    def __contains__(self, day: date) -> bool:
        return self.begins <= day <= self.ends

    def __str__(self) -> str:
        return self.code
