"""Signing in, signing out, one's password, one's language, and where each post begins."""

from dataclasses import dataclass, field
from typing import ClassVar

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery
from litestar.response import Redirect

from redproperty.actions import people
from redproperty.domain.access import Role, allowed
from redproperty.domain.texts import Invalid, Text
from redproperty.settings import Settings
from redproperty.web.security import OWN, PUBLIC, SESSION
from redproperty.web.views import NAVIGATION, Ask, View, now, person, problems_by_field, see

HOME = dict(OWN, before_password=False)
FREE = dict(PUBLIC, exclude_from_auth=True)
FIRST = {
    Role.INSPECTOR: "/tasks",
    Role.REVIEWER: "/inspections",
    Role.DISTRICT: "/district",
    Role.FINANCE_PREPARER: "/subsidies",
    Role.FINANCE_CHECKER: "/subsidies",
    Role.COMPANY: "/ratings",
    Role.CUSTODY: "/takeovers",
    Role.AUDITOR: "/audit",
    Role.ADMIN: "/people",
}
PASSWORD_RULE = Text(
    "至少 {length} 个字符,含字母和数字,不含账号名",
    "At least {length} characters with letters and digits, without the account's name",
)


@dataclass(frozen=True)
class SignIn(View):
    """The sign-in form; `next` is where the person wanted to go."""

    template: ClassVar[str] = "pages/people/sign_in.html"
    next: str = ""
    login: str = ""
    problems: dict[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Password(View):
    """The form for one's own password; `first` when nothing else is open before it is changed."""

    template: ClassVar[str] = "pages/people/password.html"
    first: bool
    rule: Text
    problems: dict[str, Text] = field(default_factory=dict)


def inside(path: str) -> str:
    """Return `path` when it lies on this site, else the first page: nobody is sent elsewhere by a link."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def _session_cookie(request: Ask, token: str) -> Cookie:
    secure = request.app.state.settings.secure_cookies
    return Cookie(key=SESSION, value=token, path="/", httponly=True, samesite="lax", secure=secure)


@get("/", opt=HOME)
async def first_page(request: Ask) -> Redirect:
    """Send everyone to where their day begins."""
    actor = person(request)
    assert actor is not None  # noqa: S101 - the session middleware has seen to it
    links = [link.href for link in NAVIGATION if allowed(actor.role, link.deed)]
    wanted = FIRST[actor.role]
    return Redirect(wanted if wanted in links else links[0], status_code=303)


@get("/sign-in", opt=FREE)
async def sign_in_form(request: Ask, next: FromQuery[str] = "") -> Response[str]:  # noqa: A002 - the address says next
    """Show the sign-in form."""
    return SignIn(next=inside(next) if next else "").response(request)


@post("/sign-in", opt=FREE)
async def sign_in(request: Ask) -> Response[str] | Redirect:
    """Open a session under a new token, or say what is wrong and keep the account's name."""
    form = await request.form()
    login, wanted = str(form.get("login", "")).strip(), str(form.get("next", ""))
    settings: Settings = request.app.state.settings
    try:
        token = await people.sign_in(login, str(form.get("password", "")), at=now(request), settings=settings)
    except Invalid as invalid:
        view = SignIn(inside(wanted) if wanted else "", login, problems_by_field(invalid.problems))
        return view.response(request, status=422)
    response = see(inside(wanted) if wanted else "/")
    response.cookies += [_session_cookie(request, token), Cookie(key="csrftoken", value="", max_age=0, path="/")]
    return response


@post("/sign-out", opt=OWN)
async def sign_out(request: Ask) -> Redirect:
    """End the session."""
    actor = person(request)
    assert actor is not None  # noqa: S101
    await people.sign_out(actor, str(request.auth), at=now(request))
    response = see("/sign-in", Text("已退出。", "You have signed out."))
    response.cookies += [Cookie(key=SESSION, value="", max_age=0, path="/")]
    return response


def _rule(request: Ask) -> Text:
    return PASSWORD_RULE.fill(length=request.app.state.settings.password_length)


@get("/password", opt=OWN)
async def password_form(request: Ask) -> Response[str]:
    """Show the form for one's own password."""
    return Password(first=False, rule=_rule(request)).response(request)


@post("/password", opt=OWN)
async def change_password(request: Ask) -> Response[str] | Redirect:
    """Change one's own password; every other browser of the person is signed out."""
    actor, form = person(request), await request.form()
    assert actor is not None  # noqa: S101
    typed = [str(form.get(name, "")) for name in ("current", "new", "again")]
    try:
        token = await people.change_password(actor, *typed, at=now(request), settings=request.app.state.settings)
    except Invalid as invalid:
        view = Password(first=False, rule=_rule(request), problems=problems_by_field(invalid.problems))
        return view.response(request, status=422)
    response = see(
        "/", Text("新密码已保存,其他设备上的登录已退出。", "The new password holds; other devices are signed out.")
    )
    response.cookies.append(_session_cookie(request, token))
    return response


@get("/language", opt=FREE)
async def choose_language(to: FromQuery[str], back: FromQuery[str] = "/") -> Redirect:
    """Remember the language and return to the page."""
    response = see(inside(back))
    response.cookies.append(
        Cookie(key="lang", value="en" if to == "en" else "zh", path="/", max_age=365 * 86400, samesite="lax")
    )
    return response


ROUTES = (first_page, sign_in_form, sign_in, sign_out, password_form, change_password, choose_language)
