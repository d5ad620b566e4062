"""Guessing, forging, replaying, flooding: what somebody without business here may try, and what comes of it."""

import asyncio
import json
import re
from datetime import timedelta

import httpx
import pytest
from argon2 import PasswordHasher

import district
from redproperty.actions import people as deeds
from redproperty.actions.people import NOBODY
from redproperty.app import create_app
from redproperty.settings import Settings
from redproperty.store.tables import AuditEntry, LoginSession, Person, SignInFailure
from routes import HANDLERS, somewhere

HOME = {"login": "auditor", "password": district.PASSWORD}


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    """Guesses at nobody cost what guesses at the district's people cost."""
    monkeypatch.setattr(deeds, "NOBODY", district._HASH)


async def guess(client, login: str, password: str = "guess") -> str:
    """Try to sign in and return what was said, or "in"."""
    response = await client.post("/sign-in", data={"login": login, "password": password})
    if response.status_code == 303:
        return "in"
    assert response.status_code == 422
    return next(text for text in ("账号或密码不对", "账号暂时锁定", "登录失败的次数太多") if text in response.text)


async def test_every_post_is_refused_without_its_token(signed_in):
    client = await signed_in("district")
    for path, method, _ in HANDLERS:
        if method == "POST":
            response = await client.post(somewhere(path), headers={"x-csrftoken": ""})
            assert (response.status_code, "页面放置过久" in response.text) == (403, True), path


async def test_the_cookies_are_out_of_reach_for_scripts_and_other_sites(stranger):
    first = await stranger.get("/sign-in")
    response = await stranger.post("/sign-in", data=HOME)
    cookies = [*first.headers.get_list("set-cookie"), *response.headers.get_list("set-cookie")]
    session = next(cookie for cookie in cookies if cookie.startswith("sid="))
    forms = next(cookie for cookie in cookies if cookie.startswith("csrftoken="))
    for cookie in (session, forms):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie


async def test_behind_https_cookies_and_browsers_stay_there(tmp_path):
    app = create_app(Settings(database=str(tmp_path / "r.sqlite3"), secure_cookies=True), clock=lambda: district.NOW)
    async with app.lifespan():
        await district.build()
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="https://testserver") as client:
            first = await client.get("/sign-in")
            token = {"x-csrftoken": client.cookies["csrftoken"]}
            response = await client.post("/sign-in", data=HOME, headers=token)
    assert first.headers["strict-transport-security"].startswith("max-age=")
    cookies = [*first.headers.get_list("set-cookie"), *response.headers.get_list("set-cookie")]
    named = [cookie for cookie in cookies if cookie.startswith(("sid=", "csrftoken="))]
    assert len(named) >= 2
    assert all("Secure" in cookie for cookie in named if "Max-Age=0" not in cookie)


async def test_a_token_planted_before_the_sign_in_opens_nothing(stranger, browser):
    await stranger.get("/sign-in")
    stranger.cookies.set("sid", "planted-by-somebody", domain="testserver.local", path="/")
    assert (await stranger.post("/sign-in", data=HOME)).status_code == 303
    assert stranger.cookies["sid"] != "planted-by-somebody"
    thief = await browser("192.0.2.66")
    thief.cookies.set("sid", "planted-by-somebody", domain="testserver.local", path="/")
    assert (await thief.get("/audit")).headers["location"] == "/sign-in?next=/audit"


async def test_a_session_ends_after_twelve_hours_however_busy(signed_in):
    client = await signed_in("auditor")
    await LoginSession.update({LoginSession.created_at: district.NOW - timedelta(hours=11, minutes=59)}, force=True)
    assert (await client.get("/audit")).status_code == 200
    await LoginSession.update({LoginSession.created_at: district.NOW - timedelta(hours=12, minutes=1)}, force=True)
    assert (await client.get("/audit")).headers["location"] == "/sign-in?next=/audit"


async def test_sessions_that_ended_are_forgotten(signed_in):
    await signed_in("auditor")
    await LoginSession.update({LoginSession.seen_at: district.NOW - timedelta(hours=3)}, force=True)
    await signed_in("checker")
    assert await LoginSession.count() == 1


async def test_an_unknown_account_cannot_be_told_from_a_known_one(stranger, monkeypatch):
    looked_at = []

    def matches(password_hash: str, password: str) -> bool:
        looked_at.append(password_hash.startswith("$argon2id$"))
        return real(password_hash, password)

    real = deeds._matches
    monkeypatch.setattr(deeds, "_matches", matches)
    await stranger.get("/sign-in")
    known = [await guess(stranger, "auditor") for _ in range(7)]
    unknown = [await guess(stranger, "ghost") for _ in range(7)]
    assert known == unknown == ["账号或密码不对"] * 5 + ["账号暂时锁定"] * 2
    assert looked_at == [True] * 14, "a hash is computed in either case, so that both take equally long"


def test_nobodys_password_costs_what_others_cost():
    assert not PasswordHasher().check_needs_rehash(NOBODY)


async def test_of_many_guesses_at_once_none_overtakes_the_lock(stranger):
    await stranger.get("/sign-in")
    tries = [guess(stranger, "auditor") for _ in range(12)]
    await asyncio.gather(*tries, guess(stranger, "auditor", district.PASSWORD))
    # the right password may be looked at first; in the order of the record nothing but refusals comes after the lock
    attempts = AuditEntry.deed.is_in(["sign_in", "sign_in_failed"])
    order = AuditEntry.select(AuditEntry.deed, AuditEntry.details).where(attempts).order_by(AuditEntry.id)
    entries = [(row["deed"], json.loads(row["details"])) for row in await order]
    failed = [details for deed, details in entries if deed == "sign_in_failed"]
    assert [details["locked"] for details in failed] == [False] * (len(failed) - 1) + [True]
    assert [details["attempts"] for details in failed[-5:]] == [1, 2, 3, 4, 5]
    assert len(failed) - 5 == next((at for at, (deed, _) in enumerate(entries) if deed == "sign_in"), 0)


async def test_who_tries_many_accounts_from_one_address_has_to_wait(browser):
    thief, neighbour = await browser("192.0.2.66"), await browser("192.0.2.7")
    for client in (thief, neighbour):
        await client.get("/sign-in")
    for number in range(30):
        assert await guess(thief, f"person{number}") == "账号或密码不对"
    assert await guess(thief, "auditor", district.PASSWORD) == "登录失败的次数太多"
    assert await guess(neighbour, "checker", district.PASSWORD) == "in"
    await SignInFailure.update({SignInFailure.since: district.NOW - timedelta(minutes=15)}, force=True)
    assert await guess(thief, "auditor", district.PASSWORD) == "in"


async def test_failures_of_long_ago_are_forgotten(stranger):
    await stranger.get("/sign-in")
    await guess(stranger, "ghost")
    await SignInFailure.update({SignInFailure.since: district.NOW - timedelta(minutes=16)}, force=True)
    await guess(stranger, "ghost2")
    assert sorted(row["failures"] for row in await SignInFailure.select()) == [1, 1]


async def test_a_lock_ends_by_itself(stranger):
    await stranger.get("/sign-in")
    for _ in range(6):
        await guess(stranger, "auditor")
    await Person.update({Person.locked_until: district.NOW}).where(Person.login == "auditor")
    assert await guess(stranger, "auditor", district.PASSWORD) == "in"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil", "x"])
async def test_the_links_of_language_and_look_lead_nowhere_else(stranger, elsewhere):
    for path, to in (("/language", "en"), ("/look", "dark")):
        response = await stranger.get(path, params={"to": to, "back": elsewhere})
        assert response.headers["location"] == "/"


async def test_after_the_sign_in_one_comes_to_the_page_one_asked_for(stranger):
    asked = (await stranger.get("/estates?q=青石&street=320113007000")).headers["location"]
    assert asked.startswith("/sign-in?next=/estates%3F")
    page = await stranger.get(asked)
    wanted = re.search(r'name="next" value="([^"]*)"', page.text)
    assert wanted
    form = HOME | {"next": wanted[1].replace("&amp;", "&")}
    location = (await stranger.post("/sign-in", data=form)).headers["location"]
    assert location == "/estates?q=%E9%9D%92%E7%9F%B3&street=320113007000"


async def test_a_strange_address_puts_no_header_into_the_answer(stranger):
    response = await stranger.get("/estates/%E4%B8%AD%0d%0aset-cookie:%20a=b")
    assert response.status_code == 303
    assert response.headers["location"].isascii()
    assert "set-cookie" not in response.headers or "a=b" not in response.headers["set-cookie"]


async def test_too_much_is_refused_before_it_is_read(stranger):
    await stranger.get("/sign-in")
    response = await stranger.post("/sign-in", data={"login": "x" * 1_100_000, "password": "y"})
    assert (response.status_code, "太大" in response.text) == (413, True)
    parts = {f"field{number}": (None, "1") for number in range(1_100)}
    assert (await stranger.post("/sign-in", files=parts)).status_code in {400, 413}


async def test_only_files_may_be_large(signed_in):
    client = await signed_in("district")
    file = {"file": ("x.csv", b"x" * 1_500_000, "text/csv")}
    assert (await client.post("/imports/estates", files=file)).status_code != 413
    assert (await client.post("/takeovers", files=file)).status_code == 413


async def test_only_the_names_of_the_installation_are_answered(tmp_path):
    settings = Settings(database=str(tmp_path / "r.sqlite3"), hosts="rating.example.cn, www.example.cn")
    app = create_app(settings)
    async with app.lifespan():
        for host, status in (("rating.example.cn", 200), ("www.example.cn", 200), ("evil.example", 400)):
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                assert (await client.get("/sign-in")).status_code == status


async def test_pages_of_people_are_kept_by_nobody_and_static_files_for_good(signed_in):
    client = await signed_in("auditor")
    page = await client.get("/audit")
    assert page.headers["cache-control"] == "no-store"
    style = re.search(r'href="(/static/app\.css\?v=[^"]+)"', page.text)
    assert style
    assert "immutable" in (await client.get(style[1])).headers["cache-control"]
    assert (await client.get("/static/app.css")).headers["cache-control"] == "no-cache"


@pytest.fixture
def broken(monkeypatch):
    """The list of accounts breaks in a way that nobody foresaw."""

    async def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("redproperty.web.people.accounts", breaks)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "error", [("/no/such/page", 404), ("/estates/QX-9999", 404), ("/audit", 403), ("/people", 500)], ids=str
)
async def test_an_error_page_shows_the_number_that_stands_in_the_log(signed_in, caplog, lang, error):
    path, status = error
    client = await signed_in({403: "district", 500: "admin"}.get(status, "auditor"))
    await client.get(f"/language?to={lang}")
    caplog.clear()
    response = await client.get(path)
    assert response.status_code == status
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert f'<html lang="{lang}' in response.text
    number = re.search(r"\b[0-9A-F]{8}\b", response.text)
    assert number
    line = next(record for record in caplog.records if number[0] in record.getMessage())
    assert f"{status} GET {path}" in line.getMessage()
    assert (line.exc_info is not None) == (status == 500), "only what nobody foresaw leaves its trace"
    assert "ZeroDivisionError" not in response.text


async def test_nobody_writes_lines_of_their_own_into_the_log(stranger, caplog):
    await stranger.get("/no%0AERROR%20all%20is%20lost")
    assert any("/no%0AERROR" in record.getMessage() for record in caplog.records)
    assert not any("\n" in record.getMessage() for record in caplog.records)


async def test_no_password_cookie_or_token_is_in_the_log(signed_in, broken, caplog, capfd):
    caplog.set_level("INFO", "redproperty")
    caplog.set_level("WARNING", "httpx")  # the test's own browser
    client = await signed_in("admin")
    await client.get("/people")
    await guess(client, "admin", "a-secret-guess")
    await client.post("/password", data={"current": "old-secret", "new": "new-secret-1", "again": "x"})
    await client.get("/no/such/page?token=query-secret")
    logged = caplog.text + "".join(capfd.readouterr())
    assert "ZeroDivisionError" in logged
    for secret in (district.PASSWORD, "secret", client.cookies["sid"], client.cookies["csrftoken"]):
        assert secret not in logged
