"""The manual of the rule language: an index by what one wants, a page per shape with its example, the chapters."""

from dataclasses import dataclass
from typing import ClassVar

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from markupsafe import Markup

from redproperty.domain.access import Deed
from redproperty.domain.texts import Text
from redproperty.manual.entries import SECTIONS, Entry, entries
from redproperty.manual.html import to_html
from redproperty.manual.pages import Page, page, pages
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, language


@dataclass(frozen=True)
class ManualSection:
    """The shapes of one part of an edition."""

    code: str
    title: Text
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class ManualIndex(View):
    """Where to begin, and every shape by what a person wants."""

    template: ClassVar[str] = "pages/manual/index.html"
    chapters: tuple[Page, ...]
    sections: tuple[ManualSection, ...]


@dataclass(frozen=True)
class ManualPage(View):
    """One chapter or one shape, as the manual's own Markdown says it."""

    template: ClassVar[str] = "pages/manual/page.html"
    page: Page
    section: Text | None
    body: Markup
    beside: tuple[Page, ...]  # the other pages of its section


@get("/manual", guards=[needs(Deed.VIEW_RULES)])
async def show_all(request: Ask) -> Response[str]:
    """Show the index."""
    chapters = tuple(one for one in pages(language(request)) if "/" not in one.path)
    sections = tuple(
        ManualSection(code, title, tuple(one for one in entries() if one.section == code))
        for code, title in SECTIONS.items()
    )
    return ManualIndex(chapters, sections).response(request)


@get("/manual/{chapter:str}", guards=[needs(Deed.VIEW_RULES)])
async def show_chapter(request: Ask, chapter: FromPath[str]) -> Response[str]:
    """Show one chapter."""
    return _shown(request, chapter)


@get("/manual/{section:str}/{kind:str}", guards=[needs(Deed.VIEW_RULES)])
async def show_shape(request: Ask, section: FromPath[str], kind: FromPath[str]) -> Response[str]:
    """Show one shape."""
    return _shown(request, f"{section}/{kind}")


def _shown(request: Ask, path: str) -> Response[str]:
    lang = language(request)
    found = page(path, lang)
    if found is None:
        raise NotFoundException
    section = path.rpartition("/")[0]
    beside = tuple(one for one in pages(lang) if one.path.rpartition("/")[0] == section)
    body = Markup(to_html(found.markdown))  # noqa: S704 - to_html escapes all that it did not write itself
    return ManualPage(found, SECTIONS.get(section), body, beside).response(request)


ROUTES = (show_all, show_chapter, show_shape)
