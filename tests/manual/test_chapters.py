"""The chapters say the same in both languages, and what they show can be read by the loader."""

import re

import pytest

from redproperty.domain.case_files import CaseFile
from redproperty.domain.packs import Pack
from redproperty.domain.sheets import Sheet
from redproperty.manual.pages import CHAPTERS, FOLDER, chapter, holes
from redproperty.manual.running import read
from redproperty.manual.vocabulary import kinds, parts, structs
from redproperty.store.rules import editions_at, load_edition

CODE = re.compile(r"^```yaml (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LANGS = ("zh", "en")


def files(name: str, lang: str) -> dict[str, str]:
    """Return the files that a chapter shows, by name."""
    return dict(CODE.findall((FOLDER / f"{name}.{lang}.md").read_text(encoding="utf-8")))


def test_no_chapter_is_forgotten():
    assert sorted(path.name for path in FOLDER.glob("*.md")) == sorted(
        f"{n}.{lang}.md" for n in CHAPTERS for lang in LANGS
    )


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_the_same_parts_in_both_languages(name):
    zh, en = (chapter(name, lang).markdown for lang in LANGS)
    for sign in ("## ", "- ", "```", "| ---"):
        count = [len([line for line in text.splitlines() if line.startswith(sign)]) for text in (zh, en)]
        assert count[0] == count[1], (sign, count)


@pytest.mark.parametrize("lang", LANGS)
def test_the_smallest_edition_loads(lang, tmp_path):
    for name, text in files("edition", lang).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert isinstance(load_edition(tmp_path), Pack)


@pytest.mark.parametrize("lang", LANGS)
def test_the_cases_in_a_table_and_of_several_estates_hold_for_the_smallest_edition(lang, tmp_path):
    shown = files("edition", lang) | {name: text for name, text in files("cases", lang).items() if "stars" not in name}
    assert len(shown) == 4
    for name, text in shown.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (edition,) = editions_at(tmp_path).all
    assert (edition.problems, edition.failing, len(edition.outcomes)) == ((), (), 3)


@pytest.mark.parametrize("lang", LANGS)
def test_overdue_rectifications_weigh_as_the_chapter_shows(lang, tmp_path):
    for name, text in ({"pack.yaml": files("edition", lang)["pack.yaml"]} | files("inspections", lang)).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (edition,) = editions_at(tmp_path).all
    assert (edition.problems, edition.failing, len(edition.outcomes)) == ((), (), 1)
    assert (edition.pack.inspections.cure_unit, edition.pack.inspections.odd.minutes) == ("working", 8)


@pytest.mark.parametrize("lang", LANGS)
def test_the_sheet_and_the_cases_that_are_shown_can_be_read(lang):
    sheet = read(files("sheet", lang)["sheet.yaml"], Sheet, "sheet.yaml")
    assert list(sheet.check()) == []
    assert len(read(files("cases", lang)["tests/stars.yaml"], CaseFile, "stars.yaml").cases) == 4


@pytest.mark.parametrize("lang", LANGS)
def test_every_struct_of_an_edition_has_a_table_of_keys(lang):
    told = {one for section in kinds().values() for struct in section.values() for one in (struct, *parts(struct))}
    for name in CHAPTERS:
        for struct, alone in holes(name, lang):
            told |= {struct} if alone else {struct, *parts(struct)}
    assert [struct.__name__ for struct in structs() if struct not in told] == []
