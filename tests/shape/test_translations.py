"""Nobody meets a half-translated page: every sentence has its English, every English one is English."""

import ast
import re
from collections import Counter
from pathlib import Path

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = sorted((ROOT / "src" / "redproperty").rglob("*.py"))
CATALOGUES = sorted((ROOT / "src" / "redproperty" / "locale" / "en").glob("*.po"))
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
NAMED_IN_CHINESE = {"中文"}  # a language is offered in its own words
QUOTED = re.compile(r"“[^”]*”|示例|[是否]")  # English may quote what stands in a Chinese file
EXAMPLES = {"gallery"}  # pages of made-up names that only developers see
JINJA = jinja2.Environment(extensions=["jinja2.ext.i18n"])


def messages_of(template: Path) -> set[str]:
    """Return the msgids that a template asks for, plural forms included."""
    found = set()
    for _, _, message in JINJA.extract_translations(JINJA.parse(template.read_text())):
        forms = message if isinstance(message, tuple) else (message,)
        found.update(form for form in forms if isinstance(form, str))
    return found


def english(catalogues: list[Path] = CATALOGUES) -> dict[str, list[str]]:
    """Return the wording of every msgid in the catalogues."""
    wording: dict[str, list[str]] = {}
    for path in catalogues:
        with path.open("rb") as source:
            for message in read_po(source, locale="en"):
                ids = message.id if isinstance(message.id, tuple) else (message.id,)
                strings = message.string if isinstance(message.string, tuple) else (message.string,)
                for msgid in ids:
                    wording[msgid] = [*strings]
    return wording


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_sentence_of_a_template_has_its_english(template):
    known = english()
    missing = sorted(msgid for msgid in messages_of(template) if not all(known.get(msgid, [""])))
    assert not missing, "\n".join(missing)


def test_a_sentence_is_translated_in_one_place_only():
    places: dict[str, list[str]] = {}
    for path in CATALOGUES:
        for line in path.read_text().splitlines():
            if line.startswith("msgid ") and line != 'msgid ""':
                places.setdefault(line, []).append(path.name)
    twice = {msgid: names for msgid, names in places.items() if len(names) > 1}
    assert not twice


def test_no_translation_is_left_that_no_template_asks_for():
    asked = set().union(*(messages_of(template) for template in TEMPLATES))
    own = english([path for path in CATALOGUES if path.stem != "common"])
    assert not sorted(msgid for msgid in own if msgid and msgid not in asked)


def test_the_english_of_a_sentence_keeps_its_places_and_has_no_chinese():
    place = re.compile(r"%\(\w+\)s")
    for msgid, strings in english().items():
        if not msgid:
            continue
        for string in strings:
            assert not CHINESE.search(string), string
            assert Counter(place.findall(string)).keys() <= Counter(place.findall(msgid)).keys(), msgid


def bare_chinese(template: Path) -> list[str]:
    """Return Chinese that would be shown without asking the catalogue: in the HTML, or in a plain string."""
    tree = JINJA.parse(template.read_text())
    asked = messages_of(template)
    texts = [node.data for node in tree.find_all(nodes.TemplateData) if node.data not in asked]
    strings = [node.value for node in tree.find_all(nodes.Const) if isinstance(node.value, str)]
    bare = [line.strip() for text in texts for line in text.splitlines() if CHINESE.search(line)]
    return bare + [s for s in strings if CHINESE.search(s) and s not in asked and s not in NAMED_IN_CHINESE]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_chinese_stands_bare_in_a_template(template):
    assert template.parent.name in EXAMPLES or not bare_chinese(template)


def texts_in(path: Path) -> list[tuple[int, str, str]]:
    """Return line, Chinese and English of every `Text("…", "…")` written out in a module."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text":
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            both = [*node.args, *(named[name] for name in ("zh", "en")[len(node.args) :] if name in named)]
            if len(both) == 2 and all(isinstance(one, ast.Constant) for one in both):
                found.append((node.lineno, both[0].value, both[1].value))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_every_text_of_a_module_is_said_in_english_too(path):
    place = re.compile(r"\{(\w*)\}")
    for line, zh, en in texts_in(path):
        assert bool(en) or not zh, f"{path.name}:{line}: no English for {zh}"
        assert not CHINESE.search(QUOTED.sub("", en)), f"{path.name}:{line}: {en}"
        assert set(place.findall(en)) <= set(place.findall(zh)) | {""}, f"{path.name}:{line}: {en}"
