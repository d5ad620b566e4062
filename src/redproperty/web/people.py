"""Signing in and out, one's password and language, where each post begins, and the administration of accounts."""

import logging
from dataclasses import dataclass, field
from typing import ClassVar

from litestar import Response, get, post
from litestar.datastructures import Cookie, FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from redproperty.actions import people
from redproperty.domain.access import Deed, Role, allowed
from redproperty.domain.texts import Invalid, Problem, Text
from redproperty.settings import Settings
from redproperty.store import companies, divisions
from redproperty.store.divisions import Division
from redproperty.store.people import Listed, Wanted, accounts
from redproperty.store.people import account as account_of
from redproperty.web.security import OWN, PUBLIC, SESSION, needs
from redproperty.web.views import LOOKS, NAVIGATION, Ask, View, actor_of, now, person, problems_by_field, see

log = logging.getLogger("redproperty.people")
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
STILL_TASKS = Text(
    "{told}名下还有 {n} 次检查没有提交，街道复核员会看到并移交。",
    "{told} {n} inspections are still theirs to do; the street's reviewer sees them and hands them over.",
)
PASSWORD_RULE = Text(
    "至少 {length} 个字符，含字母和数字，不含账号名",
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
        password, source = str(form.get("password", "")), request.client.host if request.client else ""
        token = await people.sign_in(login, password, source=source, at=now(request), settings=settings)
    except Invalid as invalid:
        log.warning("sign-in refused, asked from %s", source)  # not the name: people type passwords there by mistake
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
        "/", Text("新密码已保存，其他设备上的登录已退出。", "The new password holds; other devices are signed out.")
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


@get("/look", opt=FREE)
async def choose_look(to: FromQuery[str] = "", back: FromQuery[str] = "/") -> Redirect:
    """Remember whether pages are light or dark, or forget it, and return to the page."""
    response = see(inside(back))
    response.cookies.append(
        Cookie(key="look", value=to if to in dict(LOOKS) else "", path="/", max_age=365 * 86400, samesite="lax")
    )
    return response


@dataclass(frozen=True)
class Accounts(View):
    """Who has an account, narrowed by the address."""

    template: ClassVar[str] = "pages/people/list.html"
    accounts: list[Listed]
    wanted: Wanted
    use: str
    roles: list[Role]
    streets: list[Division]
    may_manage: bool


@dataclass(frozen=True)
class NewAccount(View):
    """The form of a new account, with what was typed."""

    template: ClassVar[str] = "pages/people/new.html"
    choices: "Choices"
    login: str = ""
    name: str = ""
    post: people.Post = field(default_factory=lambda: people.Post(""))
    problems: dict[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class AccountPage(View):
    """One account and what can be done with it; an auditor, and everybody with their own, only looks."""

    template: ClassVar[str] = "pages/people/detail.html"
    account: Listed
    choices: "Choices"
    post: people.Post
    locked: bool
    own: bool
    may_manage: bool
    problems: dict[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class FirstPassword(View):
    """The only sight of a first password."""

    template: ClassVar[str] = "pages/people/first_password.html"
    login: str
    password: str
    is_new: bool


@dataclass(frozen=True)
class Choices:
    """What the form of a post offers: what is stored and how it is said."""

    roles: list[tuple[str, Text]]
    streets: list[tuple[str, str]]
    companies: list[tuple[int, str]]


async def _choices() -> Choices:
    streets = [(street.code, street.name) for street in await divisions.streets()]
    return Choices(list(Role.labels().items()), streets, list((await companies.names()).items()))


def _may_manage(request: Ask) -> bool:
    actor = person(request)
    return actor is not None and allowed(actor.role, Deed.MANAGE_PEOPLE)


@get("/people", guards=[needs(Deed.VIEW_PEOPLE)])
async def list_accounts(
    request: Ask, q: FromQuery[str] = "", role: FromQuery[str] = "", street: FromQuery[str] = "",
    use: FromQuery[str] = "",
) -> Response[str]:  # fmt: skip
    """List the accounts that the address asks for."""
    wanted = Wanted(q.strip(), role, street, {"open": False, "closed": True}.get(use))
    found = await accounts(wanted)
    view = Accounts(found, wanted, use, list(Role), await divisions.streets(), _may_manage(request))
    return view.response(request)


@get("/people/new", guards=[needs(Deed.MANAGE_PEOPLE)])
async def new_account(request: Ask) -> Response[str]:
    """Show the form of a new account."""
    return NewAccount(await _choices()).response(request)


def _post_of(form: FormMultiDict) -> people.Post:
    company = str(form.get("company", ""))
    return people.Post(
        str(form.get("role", "")), str(form.get("street", "")), int(company) if company.isdecimal() else None
    )


@post("/people", guards=[needs(Deed.MANAGE_PEOPLE)])
async def create_account(request: Ask) -> Response[str]:
    """Open an account and show its first password once, or say everything that is wrong."""
    form = await request.form()
    login, name = str(form.get("login", "")).strip().lower(), str(form.get("name", "")).strip()
    wanted, settings = _post_of(form), request.app.state.settings
    try:
        password = await people.create(actor_of(request), login, name, wanted, at=now(request), settings=settings)
    except Invalid as invalid:
        view = NewAccount(await _choices(), login, name, wanted, problems_by_field(invalid.problems))
        return view.response(request, status=422)
    return FirstPassword(login, password, is_new=True).response(request)


async def _account_page(
    request: Ask, login: str, wanted: people.Post | None = None, problems: tuple[Problem, ...] = ()
) -> Response[str]:
    account = await account_of(login)
    if account is None:
        raise NotFoundException
    held = people.Post(account.role.value, account.street or "", account.company_id)
    view = AccountPage(
        account=account,
        choices=await _choices(),
        post=wanted or held,
        locked=account.locked_until is not None and account.locked_until > now(request),
        own=account.id == actor_of(request).id,
        may_manage=_may_manage(request),
        problems=problems_by_field(problems),
    )
    return view.response(request, status=422 if problems else 200)


@get("/people/{login:str}", guards=[needs(Deed.VIEW_PEOPLE)])
async def show_account(request: Ask, login: FromPath[str]) -> Response[str]:
    """Show one account."""
    return await _account_page(request, login)


@post("/people/{login:str}/post", guards=[needs(Deed.MANAGE_PEOPLE)])
async def change_account(request: Ask, login: FromPath[str]) -> Response[str] | Redirect:
    """Give an account another post."""
    wanted = _post_of(await request.form())
    try:
        await people.change_post(actor_of(request), login, wanted, at=now(request))
    except Invalid as invalid:
        return await _account_page(request, login, wanted, invalid.problems)
    return see(f"/people/{login}", Text("岗位已改，这个人需要重新登录。", "The post is changed; they sign in anew."))


@post("/people/{login:str}/disable", guards=[needs(Deed.MANAGE_PEOPLE)])
async def disable_account(request: Ask, login: FromPath[str]) -> Redirect:
    """Close an account at once."""
    left = await people.set_disabled(actor_of(request), login, disabled=True, at=now(request))
    text = Text("账号已停用，历史记录保留。", "The account is closed; its history stays.")
    return see(f"/people/{login}", STILL_TASKS.fill(told=text, n=left) if left else text)


@post("/people/{login:str}/enable", guards=[needs(Deed.MANAGE_PEOPLE)])
async def enable_account(request: Ask, login: FromPath[str]) -> Redirect:
    """Open a closed account again."""
    await people.set_disabled(actor_of(request), login, disabled=False, at=now(request))
    return see(f"/people/{login}", Text("账号已恢复。", "The account is open again."))


@post("/people/{login:str}/reset", guards=[needs(Deed.MANAGE_PEOPLE)])
async def reset_account(request: Ask, login: FromPath[str]) -> Response[str]:
    """Show a new first password once."""
    settings = request.app.state.settings
    password = await people.reset_password(actor_of(request), login, at=now(request), settings=settings)
    return FirstPassword(login, password, is_new=False).response(request)


ROUTES = (
    first_page, sign_in_form, sign_in, sign_out, password_form, change_password, choose_language, choose_look,
    list_accounts, new_account, create_account, show_account, change_account, disable_account, enable_account,
    reset_account,
)  # fmt: skip
