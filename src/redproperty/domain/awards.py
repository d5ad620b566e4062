"""What an estate is awarded, in one word: its stars, whole or half, the grade of a method without stars, or neither.

Lists, filters, pictures and addresses speak of an award by its code: `4`, `3.5`, `grade.good`, `rated` (by a method
that gives neither stars nor grades) or `none` (not rated).
"""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Final

from redproperty.domain.packs import Pack
from redproperty.domain.stars import star_words
from redproperty.domain.texts import Text

Stars = int | Decimal  # half ones are decimals
GRADE: Final = "grade."
RATED: Final = "rated"
NONE: Final = "none"
WHOLE: Final = tuple(str(n) for n in range(5, -1, -1))
NOT_RATED: Final = Text("不评", "Not rated")
_NO_STARS: Final = Text("不设星级", "No stars given")
_NO_GRADE: Final = Text("无等级", "No grade")
_HALF: Final = Decimal("0.5")


def joined(whole: int | None, *, half: bool) -> Stars | None:
    """Return stars as they are kept, whole ones and whether a half comes to them, as one number."""
    return whole + _HALF if half and whole is not None else whole


def code_of(stars: Stars | None, grade: str | None, not_rated: str | None) -> str:
    """Return the code of an award; an estate without any result is not rated."""
    if stars is not None:
        return f"{stars.normalize():f}" if isinstance(stars, Decimal) else str(stars)
    if grade is not None:
        return f"{GRADE}{grade}"
    return NONE if not_rated is not None else RATED


def stars_in(code: str) -> Stars | None:
    """Return the stars of a code; None for every other award."""
    if not code[:1].isdigit():
        return None
    return int(code) if code.isdigit() else Decimal(code)


def known(code: str) -> bool:
    """Whether a word from an address may be the code of an award; grades are those of some edition."""
    return code in {*WHOLE, RATED, NONE} or code.removesuffix(".5") in WHOLE[1:] or code.startswith(GRADE)


def words(code: str, pack: Pack | None) -> Text:
    """Return an award in words, a grade as its edition calls it."""
    stars = stars_in(code)
    if stars is not None:
        return star_words(stars)
    if code.startswith(GRADE):
        grade = code.removeprefix(GRADE)
        return (pack.rating.grade_title(grade) if pack else None) or Text(grade, grade)
    if code == NONE:
        return NOT_RATED
    return _NO_GRADE if pack and pack.rating.grades(pack.sheet) else _NO_STARS


def short(code: str, pack: Pack | None) -> Text:
    """Return an award as it stands in the head of a column: 4★, 3½★, the grade."""
    stars = stars_in(code)
    if stars is None:
        return words(code, pack)
    half = "½" if stars % 1 else ""
    whole = "" if half and stars < 1 else f"{int(stars)}"
    return Text(f"{whole}{half}★", f"{whole}{half}★")


def scale(packs: Iterable[Pack | None], found: Collection[str]) -> tuple[str, ...]:
    """Return the awards that a picture or a filter offers, the highest stars first, those not rated last.

    Half stars come in where an edition gives them or somebody has them; grades in the order of their edition.
    """
    known = tuple(packs)
    stars = {*found} | {code_of(one, None, None) for pack in known if pack for one in pack.rating.stars.all}
    if any(pack is None or pack.rating.stars.given for pack in known) or not known:
        stars |= {*WHOLE}
    by_stars = sorted((code for code in stars if stars_in(code) is not None), key=lambda code: -Decimal(code))
    grades = [f"{GRADE}{one}" for pack in known if pack for one in pack.rating.grades(pack.sheet)]
    others = sorted(code for code in found if code.startswith(GRADE))
    last = [code for code in (RATED, NONE) if code in found or (code == NONE and by_stars)]
    return (*by_stars, *dict.fromkeys((*grades, *others)), *last)
