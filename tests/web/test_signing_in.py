"""Signing in: a new token each time, a lock after wrong guesses, a first password that must be changed."""

from datetime import timedelta

import pytest

import district
from redproperty.store.tables import AuditEntry, LoginSession, Person

pytestmark = pytest.mark.both


async def test_each_post_begins_on_its_own_page(signed_in):
    client = await signed_in("inspector.xl")
    response = await client.get("/")
    assert (response.status_code, response.headers["location"]) == (303, "/tasks")


async def test_a_stranger_is_sent_to_sign_in_and_back(stranger):
    response = await stranger.get("/password")
    assert response.headers["location"] == "/sign-in?next=/password"
    await stranger.get("/sign-in")
    form = {"login": "admin", "password": district.PASSWORD, "next": "/password"}
    assert (await stranger.post("/sign-in", data=form)).headers["location"] == "/password"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
async def test_nobody_is_sent_to_another_site(stranger, elsewhere):
    await stranger.get("/sign-in")
    form = {"login": "admin", "password": district.PASSWORD, "next": elsewhere}
    assert (await stranger.post("/sign-in", data=form)).headers["location"] == "/"


async def test_the_token_changes_at_each_sign_in_and_only_its_hash_is_kept(signed_in):
    tokens = {(await signed_in("auditor")).cookies["sid"] for _ in range(2)}
    assert len(tokens) == 2
    kept = {row["token_hash"] for row in await LoginSession.select(LoginSession.token_hash)}
    assert not kept & tokens


async def test_a_wrong_password_keeps_the_account_name_and_is_in_the_trail(stranger):
    await stranger.get("/sign-in")
    response = await stranger.post("/sign-in", data={"login": "auditor", "password": "guess"})
    assert response.status_code == 422
    assert 'value="auditor"' in response.text
    assert "账号或密码不对" in response.text
    assert await AuditEntry.count().where(AuditEntry.deed == "sign_in_failed") == 1


async def test_five_wrong_guesses_lock_the_account_even_for_the_right_password(stranger):
    await stranger.get("/sign-in")
    for _ in range(5):
        await stranger.post("/sign-in", data={"login": "auditor", "password": "guess"})
    response = await stranger.post("/sign-in", data={"login": "auditor", "password": district.PASSWORD})
    assert response.status_code == 422
    assert "账号暂时锁定。请过 15 分钟再试" in response.text


async def test_an_idle_session_ends(signed_in):
    client = await signed_in("auditor")
    await LoginSession.update({LoginSession.seen_at: district.NOW - timedelta(minutes=121)}, force=True)
    assert (await client.get("/password")).headers["location"] == "/sign-in?next=/password"


async def test_a_disabled_account_is_out_at_once(signed_in):
    client = await signed_in("auditor")
    await Person.update({Person.disabled: True}).where(Person.login == "auditor")
    assert (await client.get("/password")).status_code == 303


async def test_a_first_password_must_be_changed_before_anything_else(signed_in):
    client = await signed_in("auditor")
    await Person.update({Person.must_change: True}).where(Person.login == "auditor")
    assert (await client.get("/")).headers["location"] == "/password"
    assert (await client.get("/password")).status_code == 200
    form = {"current": district.PASSWORD, "new": "a-new-horse-99", "again": "a-new-horse-99"}
    assert (await client.post("/password", data=form)).headers["location"] == "/"
    assert (await client.get("/")).headers["location"] != "/password"


async def test_a_first_password_is_not_kept_by_typing_it_again(signed_in):
    client = await signed_in("auditor")
    await Person.update({Person.must_change: True}).where(Person.login == "auditor")
    form = {"current": district.PASSWORD, "new": district.PASSWORD, "again": district.PASSWORD}
    response = await client.post("/password", data=form)
    assert (response.status_code, "新密码要和现在的不同" in response.text) == (422, True)
    assert (await client.get("/")).headers["location"] == "/password"


async def test_all_problems_of_a_new_password_come_at_once(signed_in):
    client = await signed_in("auditor")
    response = await client.post("/password", data={"current": "no", "new": "short", "again": "other"})
    assert response.status_code == 422
    for text in ("现在的密码不对", "至少要 10 个字符", "两次输入的新密码不一样", "有 3 处需要修改"):
        assert text in response.text


async def test_a_post_without_its_token_is_refused_with_a_page_and_a_number(signed_in):
    client = await signed_in("auditor")
    response = await client.post("/sign-out", headers={"x-csrftoken": "forged"})
    assert response.status_code == 403
    assert "错误编号" in response.text


async def test_signing_out_ends_the_session(signed_in):
    client = await signed_in("auditor")
    assert (await client.post("/sign-out")).headers["location"] == "/sign-in"
    assert (await client.get("/password")).status_code == 303


async def test_every_answer_carries_the_security_headers(stranger):
    for path in ("/sign-in", "/no/such/page", "/static/app.css"):
        headers = (await stranger.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_english_is_a_choice(stranger):
    assert "账号" in (await stranger.get("/sign-in")).text
    await stranger.get("/language?to=en&back=/sign-in")
    page = (await stranger.get("/sign-in")).text
    assert "Sign in" in page
    assert 'lang="en"' in page
