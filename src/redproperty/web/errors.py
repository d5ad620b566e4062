"""What a person is shown when something does not work: what happened, that nothing was lost, what to do next."""

import logging
import secrets
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from litestar import Response
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.response import Redirect

from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.web.security import MustChangePassword
from redproperty.web.views import Ask, View, is_htmx

log = logging.getLogger("redproperty.errors")

GENERAL = Text(
    "请求无法处理。请返回上一页检查后重试。", "The request cannot be handled. Go back, check it and try again."
)
SAYINGS = {
    403: Text(
        "页面放置过久或来源不明，请求没有执行。请返回上一页、刷新后再试，已保存的内容都在。",
        "The page was open too long or the request came from elsewhere; nothing was done. Go back, reload and try "
        "again: what was saved is still there.",
    ),
    404: Text(
        "没有这个页面，或者它不在您的管辖范围内。请从首页重新进入。",
        "There is no such page, or it is outside your area. Start again from the menu or the first page.",
    ),
    405: Text(
        "这个地址不接受这种操作。请从菜单重新进入。", "This address does not take that. Start again from the menu."
    ),
    413: Text(
        "上传的内容太大，没有保存。请缩小后再试。", "What was sent is too large and was not kept. Make it smaller."
    ),
    429: Text("操作太频繁，请稍候一分钟再试。", "Too many requests. Wait a minute and try again."),
    500: Text(
        "系统出错，这一步没有保存，之前已保存的内容都在。请稍后重试；如再次出现，请把错误编号告诉管理员。",
        "Something broke on our side. This step was not saved, what was saved before is still there. Try again later; "
        "if it returns, give the number to the administrator.",
    ),
}


@dataclass(frozen=True)
class ErrorPage(View):
    """An error with the number under which it stands in the log."""

    template: ClassVar[str] = "pages/errors/error.html"
    status: int
    number: str
    text: Text


def _error(ask: Ask, status: int, text: Text, cause: Exception | None = None) -> Response[Any]:
    """Log the error under a new number, with the trace of what nobody foresaw, and return its page.

    The path is logged as it came over the wire, so that nobody writes lines of their own into the log; the query, which
    can hold names, is not.
    """
    number, level = secrets.token_hex(4).upper(), logging.WARNING if cause is None else logging.ERROR
    path = quote(ask.url.path)
    log.log(level, "%s %s %s %s: %s", number, status, ask.method, path, text.zh, exc_info=cause)
    headers = {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML"} if is_htmx(ask) else {}
    return ErrorPage(status, number, text).response(ask, status=status, headers=headers)


def http_error(ask: Ask, error: HTTPException) -> Response[Any]:
    """Show any HTTP error as a page, keeping its headers; a refused CSRF token is replaced."""
    response = _error(ask, error.status_code, SAYINGS.get(error.status_code, GENERAL))
    response.headers.update(error.headers or {})
    if error.status_code == 403:  # noqa: PLR2004
        response.cookies.append(Cookie(key="csrftoken", value="", max_age=0, path="/"))
    return response


def not_signed_in(ask: Ask, _: NotAuthorizedException) -> Response[Any]:
    """Send the person to the sign-in page, to come back afterwards."""
    if is_htmx(ask):
        return Response("", status_code=401, headers={"HX-Redirect": "/sign-in"})
    asked = f"{ask.url.path}?{ask.url.query}" if ask.url.query else ask.url.path
    wanted = f"?next={quote(asked)}" if ask.method == "GET" and asked != "/" else ""
    return Redirect(f"/sign-in{wanted}", status_code=303)


def must_change_password(ask: Ask, _: MustChangePassword) -> Response[Any]:
    """Send the person to the page where the first password is changed."""
    if is_htmx(ask):
        return Response("", status_code=401, headers={"HX-Redirect": "/password"})
    return Redirect("/password", status_code=303)


def refused(ask: Ask, refusal: Refused) -> Response[Any]:
    """Say which rule forbids it and who can help."""
    return _error(ask, 403, refusal.text)


def invalid(ask: Ask, problems: Invalid) -> Response[Any]:
    """Say everything that is wrong, where a page has no form of its own for it."""
    joined = Text(
        "".join(problem.text.zh for problem in problems.problems),
        " ".join(problem.text.en for problem in problems.problems),
    )
    return _error(ask, 422, joined)


def crashed(ask: Ask, error: Exception) -> Response[Any]:
    """Log what nobody foresaw with its trace, and show its number."""
    return _error(ask, 500, SAYINGS[500], error)


HANDLERS: dict[Any, Any] = {
    NotAuthorizedException: not_signed_in,
    MustChangePassword: must_change_password,
    Refused: refused,
    Invalid: invalid,
    HTTPException: http_error,
    500: crashed,
}
