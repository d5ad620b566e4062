"""Assessment periods (考核期): calendar quarters, written `2026Q3` in the record, in addresses and in files."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from redproperty.domain.texts import Invalid, Problem, Text

_CODE = re.compile(r"([0-9]{4})Q([1-4])")
_MONTHS = 3
_QUARTERS = 4
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_WRONG = Text(
    "“{code}”不是考核期，应写作年份加季度，例如 2026Q3", "“{code}” is no period; write year and quarter, e.g. 2026Q3"
)


@dataclass(frozen=True, order=True)
class Period:
    """One quarter; sorts in time."""

    year: int
    quarter: int

    @classmethod
    def parse(cls, code: str) -> Self:
        """Return the period written `2026Q3` (spaces around it and a small q are forgiven).

        Raises:
            Invalid: it is not written so, or its year is outside 2000 to 2099.
        """
        found = _CODE.fullmatch(code.strip().upper())
        if found is None or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
            raise Invalid(Problem("period", _WRONG.fill(code=code.strip())))
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the quarter in which `day` lies."""
        return cls(day.year, (day.month - 1) // _MONTHS + 1)

    @property
    def code(self) -> str:
        """The form in which the record keeps it; codes sort like the periods."""
        return f"{self.year}Q{self.quarter}"

    @property
    def begins(self) -> date:
        """First day."""
        return date(self.year, (self.quarter - 1) * _MONTHS + 1, 1)

    @property
    def ends(self) -> date:
        """Last day, inclusive."""
        return self.next().begins - timedelta(days=1)

    @property
    def days(self) -> int:
        """Calendar days: 90, 91 or 92."""
        return (self.ends - self.begins).days + 1

    @property
    def title(self) -> Text:
        """How it is said to people."""
        return Text(f"{self.year}年第{'一二三四'[self.quarter - 1]}季度", f"Q{self.quarter} {self.year}")

    def next(self) -> Self:
        """Return the quarter after it."""
        return self.later(1)

    def previous(self) -> Self:
        """Return the quarter before it."""
        return self.later(-1)

    def later(self, quarters: int) -> Self:
        """Return the period so many quarters on; a negative number goes back."""
        year, index = divmod(self.year * _QUARTERS + self.quarter - 1 + quarters, _QUARTERS)
        return type(self)(year, index + 1)

    def __contains__(self, day: date) -> bool:
        return self.begins <= day <= self.ends

    def __str__(self) -> str:
        return self.code
