"""What pages share: a view is a frozen dataclass with a template; a page also knows who looks, and where."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie, State
from litestar.response import Redirect
from litestar.template.base import csrf_token
from msgspec import DecodeError

from redproperty.domain.access import Actor, Deed, may
from redproperty.domain.texts import Lang, Problem, Text
from redproperty.settings import ZONE, Settings

Ask = Request[Any, Any, State]  # what a handler gets; `person(ask)` is who asks
FLASH = "flash"


def person(ask: Ask) -> Actor | None:
    """Return who is signed in, or None on a public page."""
    user = ask.scope.get("user")
    return user if isinstance(user, Actor) else None


def actor_of(ask: Ask) -> Actor:
    """Return who is signed in; the guard of the route has seen to it."""
    actor = person(ask)
    assert actor is not None  # noqa: S101
    return actor


def now(ask: Ask) -> datetime:
    """Return the present moment by the installation's clock, in UTC."""
    moment: datetime = ask.app.state.clock()
    return moment


def today(ask: Ask) -> date:
    """Return the present day in China."""
    return now(ask).astimezone(ZONE).date()


def language(ask: Ask) -> Lang:
    """Return the language that the browser's cookie asks for; Chinese unless it says `en`."""
    return "en" if ask.cookies.get("lang") == "en" else "zh"


LOOKS = (  # "" is as the system is
    ("", Text("跟随系统", "as the system")),
    ("light", Text("浅色", "light")),
    ("dark", Text("深色", "dark")),
)


def look(ask: Ask) -> str:
    """Return which look the browser's cookie asks for; as the system is where it asks for none."""
    asked = ask.cookies.get("look", "")
    return asked if asked in dict(LOOKS) else ""


def is_htmx(ask: Ask) -> bool:
    """Whether htmx asks for a part of the page."""
    return ask.headers.get("hx-request") == "true"


@dataclass(frozen=True)
class Link:
    """One entry of the navigation."""

    href: str
    title: Text
    deed: Deed


NAVIGATION: tuple[Link, ...] = (
    Link("/tasks", Text("今日待办", "My tasks"), Deed.SCORE_INSPECTION),
    Link("/district", Text("全区概览", "District"), Deed.VIEW_COVERAGE),
    Link("/estates", Text("小区", "Estates"), Deed.VIEW_ESTATES),
    Link("/inspections", Text("检查", "Inspections"), Deed.VIEW_INSPECTIONS),
    Link("/rectifications", Text("整改", "Rectification"), Deed.VIEW_RECTIFICATIONS),
    Link("/ratings", Text("星级", "Ratings"), Deed.VIEW_RATINGS),
    Link("/subsidies", Text("补贴", "Subsidies"), Deed.VIEW_MONEY),
    Link("/takeovers", Text("兜底托管", "Takeovers"), Deed.VIEW_TAKEOVERS),
    Link("/imports", Text("导入", "Import"), Deed.IMPORT_SCORES),
    Link("/rules", Text("规则", "Rules"), Deed.VIEW_RULES),
    Link("/scenarios", Text("测算", "What-if"), Deed.VIEW_SCENARIOS),
    Link("/audit", Text("审计", "Audit"), Deed.VIEW_AUDIT),
    Link("/people", Text("账号", "Accounts"), Deed.VIEW_PEOPLE),
)


@dataclass(frozen=True)
class Flash:
    """What has just happened, shown once on the next page; `tone` is good, warn or bad."""

    text: Text
    tone: str = "good"


@dataclass(frozen=True)
class Page:
    """What the skeleton needs to know: who looks, where, in which language, and what they may open."""

    path: str
    query: str
    actor: Actor | None
    navigation: tuple[Link, ...]
    demo: bool
    csrf: str
    flash: Flash | None
    today: date
    look: str
    looks: tuple[tuple[str, Text], ...] = LOOKS


def page(ask: Ask) -> Page:
    """Return the page's surroundings for this request."""
    actor = person(ask)
    settings: Settings = ask.app.state.settings
    links = tuple(link for link in NAVIGATION if actor and may(actor, link.deed, None) is None)
    return Page(
        path=ask.url.path,
        query=ask.url.query,
        actor=actor,
        navigation=links,
        demo=settings.demo,
        csrf=csrf_token({"request": ask}),
        flash=_flash(ask),
        today=today(ask),
        look=look(ask),
    )


class View:
    """A page or a part of one: subclasses are frozen dataclasses that name their `template`."""

    template: ClassVar[str]

    def html(self, ask: Ask, *, surroundings: Page | None = None) -> str:
        """Return the view as HTML in the language of the request; the template sees `view`, `page` and nothing else."""
        context = {"view": self, "page": surroundings or page(ask)}
        rendered: str = ask.app.state.templates.render(self.template, language(ask), context)
        return rendered

    def response(self, ask: Ask, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[str]:
        """Return the view as a response; a flash that it shows is forgotten."""
        surroundings = page(ask)
        cookies = [Cookie(key=FLASH, value="", max_age=0, path="/")] if surroundings.flash else []
        return Response(
            self.html(ask, surroundings=surroundings),
            media_type=MediaType.HTML,
            status_code=status,
            headers={"vary": "HX-Request, Cookie", **(headers or {})},
            cookies=cookies,
        )


def problems_by_field(problems: tuple[Problem, ...]) -> dict[str, Text]:
    """Return the first problem of each field, in the order of the form, for the form macros."""
    first: dict[str, Text] = {}
    for problem in problems:
        first.setdefault(problem.field, problem.text)
    return first


def see(path: str, flash: Text | None = None, *, tone: str = "good") -> Redirect:
    """Send the browser on to `path` after a post, with a sentence on what has happened."""
    cookies = []
    if flash is not None:
        packed = base64.urlsafe_b64encode(msgspec.json.encode([flash.zh, flash.en, tone])).decode()
        cookies.append(Cookie(key=FLASH, value=packed, path="/", httponly=True, samesite="lax"))
    return Redirect(quote(path, safe="/?=&%#"), status_code=303, cookies=cookies)


def _flash(ask: Ask) -> Flash | None:
    """Return the sentence that the last post left in the cookie; anything unreadable is nothing."""
    try:
        packed = base64.urlsafe_b64decode(ask.cookies.get(FLASH, "").encode())
        zh, en, tone = msgspec.json.decode(packed, type=tuple[str, str, str])
    except (ValueError, DecodeError):
        return None
    return Flash(Text(zh, en), tone if tone in {"good", "warn", "bad"} else "good")
