"""Accounts from the console: opened, reset, disabled; the password is printed once, the deed is in the trail."""

import msgspec

import district
from redproperty.store.tables import AuditEntry, Person


def password_in(said) -> str:
    return said.out.split("初始密码：")[1].split("（")[0]


async def entries() -> list[tuple[str, str, str]]:
    rows = await AuditEntry.select().order_by(AuditEntry.id)
    return [(row["name"], row["subject"], msgspec.json.decode(row["details"])["change"]) for row in rows]


def test_the_first_administrator_is_opened_on_an_empty_record(run, in_record):
    said = run("user", "add", "boss", "王五", "--role", "admin")
    assert said.code == 0
    assert len(password_in(said)) >= 10

    async def kept():
        row = await Person.select().where(Person.login == "boss").first()
        return row["role"], row["must_change"], row["password_hash"].startswith("$argon2id$"), await entries()

    assert in_record(kept) == ("admin", True, True, [("服务器命令行", "person:boss", "created")])


def test_a_company_account_names_its_company_by_its_code(run, small_district, in_record):
    said = run("user", "add", "qian", "栖安二", "--role", "company", "--company", "91320113MA1000011D")
    assert said.code == 0

    async def company():
        return (await Person.select(Person.company.uscc).where(Person.login == "qian").first())["company.uscc"]

    assert in_record(company) == "91320113MA1000011D"
    said = run("user", "add", "q2", "栖安三", "--role", "company", "--company", "91320113MA0000000X")
    assert said.code == 1
    assert "没有这家企业：91320113MA0000000X" in said.err


def test_what_is_wrong_with_an_account_is_said(run, small_district):
    said = run("user", "add", "admin", "又一个", "--role", "inspector")
    assert said.code == 1
    assert "账号名已被占用" in said.err
    assert "这个岗位要选街道" in said.err
    assert "not" not in run("user", "add", "zhao", "赵六", "--role", "inspector", "--street", district.MAQUN).err
    said = run("--lang", "en", "user", "password", "nobody")
    assert (said.code, "There is no such account" in said.err) == (1, True)


def test_a_password_is_replaced_and_an_account_disabled(run, small_district, in_record):
    said = run("user", "password", "checker")
    assert said.code == 0
    assert password_in(said)
    assert "已停用 checker" in run("user", "disable", "checker").out

    async def kept():
        row = await Person.select(Person.disabled, Person.must_change).where(Person.login == "checker").first()
        return row, await entries()

    assert in_record(kept) == (
        {"disabled": True, "must_change": True},
        [
            ("服务器命令行", "person:checker", "password_reset"),
            ("服务器命令行", "person:checker", "disabled"),
        ],
    )
