"""How a view becomes HTML: one strict Jinja environment per language, fed from one catalogue per noun."""

import hashlib
import importlib.util
import io
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import nodes
from markupsafe import Markup, escape

from redproperty.domain import comparisons
from redproperty.domain.money import in_words, yuan
from redproperty.domain.numbers import shown
from redproperty.domain.texts import Lang, Text
from redproperty.settings import ZONE

PACKAGE = Path(__file__).parent.parent
STATIC = Path(__file__).parent / "static"
CATALOGUES = PACKAGE / "locale" / "en"


def htmx_folder() -> Path:
    """Return the folder of the installed package that carries htmx; the package itself is never imported."""
    spec = importlib.util.find_spec("django_htmx")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("django-htmx is not installed; run `just setup`")
    return Path(spec.submodule_search_locations[0]) / "static" / "django_htmx"


class Environment(jinja2.Environment):
    """Looks a name up in a dict before it looks for an attribute; says words without variables when it compiles."""

    say: Callable[[str], Markup]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj[attribute]` for dicts that have it, else the attribute."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Return the tree of a template, `{{ _("…") }}` in it as plain text: a sheet of 120 items has some thousand."""
        tree = super()._parse(source, name, filename)
        for output in tree.find_all(nodes.Output):
            output.nodes = [self._said(one) for one in output.nodes]
        return tree

    def _said(self, node: nodes.Expr) -> nodes.Expr:
        match node:
            case nodes.Call(
                node=nodes.Name(name="_" | "gettext"), args=[nodes.Const(value=str(words))], kwargs=[],
                dyn_args=None, dyn_kwargs=None,
            ):  # fmt: skip
                return nodes.TemplateData(str(self.say(words)), lineno=node.lineno)
        return node


def translations(lang: Lang) -> NullTranslations:
    """Return the catalogue of `lang`; Chinese is written in the templates themselves."""
    if lang == "zh":
        return NullTranslations()
    catalogue = Catalog(locale="en", charset="utf-8")
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale="en"):
                if message.id:
                    catalogue[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def _filters(lang: Lang) -> dict[str, Any]:
    """Return the filters of one language: how figures, areas, money, days and texts are written."""

    def day_long(value: date | None) -> str:
        if value is None:
            return "—"
        return f"{value.year}年{value.month}月{value.day}日" if lang == "zh" else format_date(value, "d MMMM y", "en")

    def when(value: datetime | None, pattern: str = "%Y-%m-%d %H:%M") -> str:
        return "—" if value is None else value.astimezone(ZONE).strftime(pattern)

    def signed(value: str) -> str:
        return value if value.startswith("-") else f"+{value}"

    return {
        "say": lambda text: text.say(lang) if isinstance(text, Text) else text,
        "yuan": lambda fen: "—" if fen is None else yuan(fen),
        "in_words": in_words,
        "figure": lambda value, places=2: "—" if value is None else shown(value, places),
        "change": lambda value, places=2: "—" if value is None else comparisons.signed(value, places),
        "area": lambda cm: "—" if cm is None else f"{cm // 100:,}.{cm % 100:02d}",
        "day": lambda value: "—" if value is None else value.isoformat(),
        "day_long": day_long,
        "when": when,
        "clock": lambda value: when(value, "%H:%M"),
        "signed": signed,
        "attributes": attributes,
        "short_digest": lambda digest: f"{digest[:4]}…{digest[-4:]}",
    }


def _gettext(found: NullTranslations) -> Callable[..., Markup]:
    """Return what translates a string of a template, as Jinja's own does, but words without variables only once."""

    @cache
    def fixed(string: str) -> Markup:
        return Markup(found.ugettext(string)) % {}  # noqa: S704 - from templates and catalogues

    def gettext(string: str, /, **variables: object) -> Markup:
        return Markup(found.ugettext(string)) % variables if variables else fixed(string)  # noqa: S704

    return gettext


def attributes(values: Mapping[str, Any]) -> Markup:
    """Return HTML attributes, escaped; None and False are left out, True stands alone."""
    parts = []
    for name, value in values.items():
        if value is None or value is False:
            continue
        parts.append(escape(name) if value is True else Markup('{}="{}"').format(name, value))
    return Markup(" ").join(parts)


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def static(name: str) -> str:
    """Return the address of a static file with its digest, so that browsers may keep it for good."""
    folder, _, rest = name.partition("/")
    path = htmx_folder() / rest if folder == "htmx" else STATIC / name
    return f"/static/{name}?v={_digest(path)}"


class Templates:
    """Renders a template with a context in one of the two languages."""

    def __init__(self, folder: Path) -> None:
        self._environments = {lang: self._environment(folder, lang) for lang in ("zh", "en")}

    @staticmethod
    def _environment(folder: Path, lang: Lang) -> Environment:
        environment = Environment(
            loader=jinja2.FileSystemLoader(folder),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        found = translations(lang)
        environment.install_gettext_translations(found, newstyle=True)  # type: ignore[attr-defined]
        environment.say = environment.globals["gettext"] = environment.globals["_"] = _gettext(found)
        environment.filters.update(_filters(lang))
        environment.globals.update(lang=lang, static=static, to_json=json.dumps)
        return environment

    def render(self, template: str, lang: Lang, context: Mapping[str, Any]) -> str:
        """Return the filled template."""
        return self._environments[lang].get_template(template).render(context)
