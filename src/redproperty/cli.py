"""The command line: the demo, the server, accounts, and the main job without a browser.

Exit codes: 0 done, 1 refused or something does not hold, 2 the command or a setting cannot be understood. What a
command needs is imported when it runs, so that `--help` answers at once.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from redproperty.domain.texts import Invalid, Lang, Refused, Text
from redproperty.settings import Settings, WrongSetting, from_environment, language

if TYPE_CHECKING:
    from redproperty.actions.imports import Preview
    from redproperty.domain.access import Actor, Role
    from redproperty.domain.imports import ImportResult
    from redproperty.domain.packs import Pack

Result = TypeVar("Result")
DONE, NOT_DONE, NOT_UNDERSTOOD = 0, 1, 2
PORTS_TRIED = 50
DEMO_DATABASE = "data/demo.sqlite3"
KINDS = ("estates", "companies", "scores", "facts")
HELP = {
    "what": Text(
        "红色物业：小区星级评定、效能补贴与兜底托管", "Red Property: stars, subsidies and takeovers of estates"
    ),
    "lang": Text("输出语言（默认按 LANG，否则中文）", "language of the output (by LANG, else Chinese)"),
    "demo": Text("建立演示数据并启动服务", "make the demo district and serve it"),
    "port": Text("端口（默认 8000，被占用则往后找）", "port (8000 or the next free one)"),
    "database": Text("演示数据库文件", "file of the demo database"),
    "remake": Text("删去演示数据库，重新建立", "throw the demo database away and make it anew"),
    "build_only": Text("只建立，不启动服务", "make it and stop"),
    "serve": Text("启动正式服务（设置见 REDPROPERTY_… 环境变量）", "serve the real record (REDPROPERTY_… settings)"),
    "user": Text("账号：开户、重设密码、停用", "accounts: open, reset the password, disable"),
    "add": Text("开户，输出初始密码", "open an account and print its first password"),
    "password": Text("重设密码", "reset a password"),
    "disable": Text("停用账号", "disable an account"),
    "role": Text("岗位", "post"),
    "street": Text("街道 12 位代码", "the street's 12 digits"),
    "company": Text("企业统一社会信用代码", "the company's USCC"),
    "import": Text(
        "导入 XLSX 或 CSV 文件，整份写入或整份不写", "import an XLSX or CSV file, the whole of it or nothing"
    ),
    "check_only": Text("只核对，不写入", "only say what it would do"),
    "refused": Text("把未通过的单元格写成 XLSX 文件", "write the refused cells into this XLSX file"),
    "rate": Text("按现有记录结算一个考核期", "rate a period from the record as it stands"),
    "publish": Text("结算后即发布", "publish the result at once"),
    "pending": Text("不计尚未复核的检查", "leave out inspections that are not reviewed yet"),
    "subsidise": Text("编制补贴表并导出", "draft a subsidy run and export it"),
    "budget": Text("预算（元）", "budget in yuan"),
    "document": Text("文号", "document number"),
    "item": Text("预算项目", "budget item"),
    "out": Text("导出的 XLSX 文件", "the XLSX file to write"),
    "as": Text("以哪个账号办理（默认：该岗位唯一的账号）", "the account that acts (default: the only one of its post)"),
    "rules": Text("规则版本：检查、测试、说明", "editions of the rules: check, test, explain"),
    "check": Text("严格读取所有版本，列出全部问题", "read every edition strictly and list all problems"),
    "test": Text("运行规则旁的案例", "run the cases beside the rules"),
    "explain": Text("用一句话说明每条规则", "say every rule in one sentence"),
    "code": Text("项目、步骤或规则代码（省略则全部）", "code of an item, step or rule (all if left out)"),
    "verify": Text("核验操作记录链，并重算已发布的星级", "verify the audit chain and compute published stars again"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    os.environ.setdefault("POLARS_MAX_THREADS", "2")  # each thread of the pool keeps memory of its own
    words = sys.argv[1:] if arguments is None else arguments
    lang = _asked_language(words)
    options = _parser(lang).parse_args(words)
    try:
        return int(options.run(options, lang))
    except WrongSetting as wrong:
        return _fail(str(wrong), NOT_UNDERSTOOD)
    except Refused as refused:
        return _fail(refused.text.say(lang))
    except Invalid as invalid:
        return _fail("; ".join(f"{problem.field}: {problem.text.say(lang)}" for problem in invalid.problems))
    except (OSError, RuntimeError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return DONE


def _asked_language(words: list[str]) -> Lang:
    """Return the language that `--lang` or the environment asks for; the parser's own words need it too."""
    asked = words[words.index("--lang") + 1] if "--lang" in words[:-1] else language()
    return "en" if asked == "en" else "zh"


def _fail(message: str, code: int = NOT_DONE) -> int:
    print(f"redproperty: {message}", file=sys.stderr)
    return code


def _parser(lang: Lang) -> argparse.ArgumentParser:
    def told(name: str) -> str:
        return HELP[name].say(lang).replace("%", "%%")

    parser = argparse.ArgumentParser(prog="redproperty", description=told("what"))
    parser.add_argument("--lang", choices=("zh", "en"), help=told("lang"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace, Lang], int], under: Any = commands) -> Any:
        made = under.add_parser(name, help=told(name), description=told(name))
        made.set_defaults(run=run)
        return made

    demo = command("demo", _demo)
    demo.add_argument("--port", type=int, help=told("port"))
    demo.add_argument("--database", default=DEMO_DATABASE, metavar="FILE", help=told("database"))
    demo.add_argument("--remake", action="store_true", help=told("remake"))
    demo.add_argument("--build-only", action="store_true", help=told("build_only"))
    command("serve", _serve).add_argument("--port", type=int, help=told("port"))

    users = commands.add_parser("user", help=told("user")).add_subparsers(required=True, metavar="COMMAND")
    add = command("add", _user_add, users)
    add.add_argument("login")
    add.add_argument("name")
    add.add_argument("--role", required=True, help=told("role"))
    add.add_argument("--street", default="", help=told("street"))
    add.add_argument("--company", default="", metavar="USCC", help=told("company"))
    command("password", _user_password, users).add_argument("login")
    command("disable", _user_disable, users).add_argument("login")

    bring = command("import", _import)
    bring.add_argument("kind", choices=KINDS)
    bring.add_argument("file", type=Path, metavar="FILE")
    bring.add_argument("--check", action="store_true", help=told("check_only"))
    bring.add_argument("--refused", type=Path, metavar="FILE.xlsx", help=told("refused"))
    rate = command("rate", _rate)
    rate.add_argument("period", metavar="2026Q3")
    rate.add_argument("--publish", action="store_true", help=told("publish"))
    rate.add_argument("--despite-pending", action="store_true", help=told("pending"))
    pay = command("subsidise", _subsidise)
    pay.add_argument("period", metavar="2026Q3")
    pay.add_argument("--budget", required=True, metavar="YUAN", help=told("budget"))
    pay.add_argument("--out", required=True, type=Path, metavar="FILE.xlsx", help=told("out"))
    pay.add_argument("--document", default="", help=told("document"))
    pay.add_argument("--item", default="", help=told("item"))
    for acting in (bring, rate, pay):
        acting.add_argument("--as", dest="login", default="", metavar="LOGIN", help=told("as"))

    rules = commands.add_parser("rules", help=told("rules")).add_subparsers(required=True, metavar="COMMAND")
    command("check", _rules_check, rules)
    command("test", _rules_test, rules)
    command("explain", _rules_explain, rules).add_argument("code", nargs="?", help=told("code"))
    command("verify", _verify)
    return parser


# --- the servers -----------------------------------------------------------------------------------------------------


def _demo(options: argparse.Namespace, lang: Lang) -> int:
    """Make the demo where it is missing, say how to get in, and serve it."""
    settings = replace(from_environment(), database=options.database, host="127.0.0.1", demo=True)
    place = Path(settings.database)
    if options.remake:
        for suffix in ("", "-wal", "-shm"):
            place.with_name(place.name + suffix).unlink(missing_ok=True)
    if options.build_only:
        if not place.exists():
            asyncio.run(_build_demo(settings, lang))
        return DONE
    if not place.exists():
        # a process of its own, so that what building needs does not stay in the server's memory
        asked = ["demo", "--build-only", "--database", settings.database]
        built = subprocess.run([sys.executable, "-m", "redproperty", "--lang", lang, *asked], check=False)  # noqa: S603
        if built.returncode:
            return built.returncode
    from redproperty.app import create_app, wall_clock
    from redproperty.demo.days import demo_clock

    with closing(_listening(settings, options.port)) as door:
        _introduce(door, lang)
        _run(create_app(settings, clock=demo_clock(wall_clock)), door)
    return DONE


async def _build_demo(settings: Settings, lang: Lang) -> None:
    """Build beside the place and move there when whole, so that a build cut short leaves nothing half made."""
    from redproperty.demo.build import build

    print(Text("正在建立演示数据…", "Making the demo district…").say(lang), flush=True)
    place = Path(settings.database)
    part = place.with_name(place.name + ".part")
    part.unlink(missing_ok=True)
    async with _record(replace(settings, database=str(part)), kept=False):
        await build(_packs(settings))
    part.replace(place)


def _introduce(door: socket.socket, lang: Lang) -> None:
    """Print the address, and one account for every post."""
    from redproperty.demo.accounts import PASSWORD, introduced
    from redproperty.demo.days import TODAY

    lines = Text(
        "\n红色物业 · 演示数据（小区、企业、人员均为虚构）\n\n  地址　　http://{host}:{port}/\n  演示日期 {today}（固定）\n"
        "  密码　　{password}（所有演示账号相同）\n",
        "\nRed Property · demo data (estates, companies and people are invented)\n\n  address   http://{host}:{port}/\n"
        "  today is  {today} (always)\n  password  {password} (the same for every demo account)\n",
    )
    host, port = door.getsockname()[:2]
    print(lines.fill(host=host, port=port, today=TODAY, password=PASSWORD).say(lang))
    for role, login in introduced():
        print(f"  {login:<16} {role.label.say(lang)}")
    print(Text("\n按 Ctrl+C 停止。", "\nCtrl+C stops it.").say(lang), flush=True)


def _serve(options: argparse.Namespace, lang: Lang) -> int:
    """Serve the real record; a demo database and demo accounts are refused."""
    settings = from_environment()
    if settings.demo:
        raise Refused(Text("演示请用 redproperty demo", "For the demo there is `redproperty demo`"))
    asyncio.run(_refuse_demo(settings))
    from redproperty.app import create_app

    with closing(_listening(settings, options.port or settings.port)) as door:
        host, port = door.getsockname()[:2]
        print(f"http://{host}:{port}/", flush=True)
        _run(create_app(settings), door)
    return DONE


async def _refuse_demo(settings: Settings) -> None:
    """Pass when nothing of the demo is in the record.

    Raises:
        Refused: accounts have the demo's public password, or there is no account at all.
    """
    from redproperty.demo.accounts import HASH
    from redproperty.domain.access import Role
    from redproperty.store import people

    async with _record(settings):
        accounts = await people.accounts(people.Wanted())
        known = [one.login for one in accounts if (await people.by_login(one.login)).password_hash == HASH]  # type: ignore[union-attr]
    if known:
        text = Text(
            "账号 {logins} 还用着公开的演示密码，先重设：redproperty user password {first}",
            "The accounts {logins} still have the demo's public password: redproperty user password {first}",
        )
        raise Refused(text.fill(logins=", ".join(known), first=known[0]))
    if not any(one.role is Role.ADMIN and not one.disabled for one in accounts):
        text = Text(
            "还没有账号管理员，先开户：redproperty user add 账号 姓名 --role admin",
            "There is no account administrator yet: redproperty user add LOGIN NAME --role admin",
        )
        raise Refused(text)


def _listening(settings: Settings, port: int | None) -> socket.socket:
    """Return a listening socket on the port asked for, or on the first free one from the settings' port on.

    Raises:
        Refused: the port asked for is taken, or none is free.
    """
    for wanted in [port] if port is not None else range(settings.port, settings.port + PORTS_TRIED):
        door = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.host, wanted))
        except OSError:
            door.close()
        else:
            return door
    text = Text("端口 {port} 已被占用，换一个：--port", "Port {port} is taken; choose another with --port")
    raise Refused(text.fill(port=port if port is not None else f"{settings.port}…"))


def _run(app: Any, door: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[door])


# --- the record ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _record(settings: Settings, *, kept: bool = True) -> AsyncIterator[None]:
    """Open the record that the settings name; `kept` means that it must be what they say it is, demo or real."""
    from redproperty.store import notes
    from redproperty.store.engine import engine_for, opened
    from redproperty.store.schema import bind, migrate

    async with opened(engine_for(settings.database)) as engine:
        bind(engine)
        await migrate(engine)
        if kept:
            await notes.refuse_mixing(demo=settings.demo)
        yield


def _packs(settings: Settings) -> tuple["Pack", ...]:
    """Return the editions that can be used.

    Raises:
        Refused: there is none.
    """
    from redproperty.store.rules import editions

    found = editions(settings.rules)
    if not found.packs:
        text = Text("{folder} 里没有可用的规则版本", "There is no edition of the rules that can be used in {folder}")
        raise Refused(text.fill(folder=settings.rules))
    return found.packs


def _within(work: Callable[[Settings], Coroutine[Any, Any, Result]]) -> Result:
    """Run `work` with the record open."""
    settings = from_environment()

    async def opened_and_done() -> Result:
        async with _record(settings):
            return await work(settings)

    return asyncio.run(opened_and_done())


async def _acting(login: str, role: "Role") -> "Actor":
    """Return the person who acts: the one named, or the only account of the post.

    Raises:
        Refused: there is no such account, or there are several and none is named.
    """
    from redproperty.store import people

    listed = [one for one in await people.accounts(people.Wanted(role=role.value)) if not one.disabled]
    logins = [login] if login else [one.login for one in listed]
    account = await people.by_login(logins[0]) if len(logins) == 1 else None
    if account is None or account.disabled:
        text = Text(
            "请用 --as 指明“{role}”的账号；现有：{logins}", "Name the {role} account with --as; there are: {logins}"
        )
        raise Refused(text.fill(role=role.label, logins=", ".join(one.login for one in listed) or "—"))
    return account.actor


def _console() -> "Actor":
    """Return whoever sits at the server's own console: an account administrator without an account."""
    from redproperty.domain.access import Actor, Role

    return Actor(0, "console", "服务器命令行", Role.ADMIN)


def _now() -> datetime:
    return datetime.now(UTC)


# --- accounts --------------------------------------------------------------------------------------------------------


def _user_add(options: argparse.Namespace, lang: Lang) -> int:
    """Open an account and print its first password, which is shown this once."""
    from redproperty.actions.people import Post, create
    from redproperty.store import companies

    async def work(settings: Settings) -> str:
        company = (await companies.ids()).get(options.company) if options.company else None
        if options.company and company is None:
            raise Refused(Text("没有这家企业：{uscc}", "There is no such company: {uscc}").fill(uscc=options.company))
        post = Post(options.role, options.street, company)
        return await create(_console(), options.login, options.name, post, at=_now(), settings=settings)

    return _say_password(options.login, _within(work), lang)


def _user_password(options: argparse.Namespace, lang: Lang) -> int:
    """Give an account a new first password."""
    from redproperty.actions.people import reset_password

    async def work(settings: Settings) -> str:
        return await reset_password(_console(), options.login, at=_now(), settings=settings)

    return _say_password(options.login, _within(work), lang)


def _say_password(login: str, password: str, lang: Lang) -> int:
    text = Text(
        "{login} 的初始密码：{password}（首次登录须修改，此后不再显示）",
        "First password of {login}: {password} (to be changed at the first sign-in; it is not shown again)",
    )
    print(text.fill(login=login, password=password).say(lang))
    return DONE


def _user_disable(options: argparse.Namespace, lang: Lang) -> int:
    """Close an account; its history stays."""
    from redproperty.actions.people import set_disabled

    async def work(settings: Settings) -> None:
        del settings
        await set_disabled(_console(), options.login, disabled=True, at=_now())

    _within(work)
    print(Text("已停用 {login}", "{login} is disabled").fill(login=options.login).say(lang))
    return DONE


# --- the main job ----------------------------------------------------------------------------------------------------


def _import(options: argparse.Namespace, lang: Lang) -> int:
    """Import one file; where rows are refused, nothing is written and every reason is printed."""
    from redproperty.actions.imports import import_file, preview, upload
    from redproperty.domain.access import Role
    from redproperty.domain.imports import ImportKind

    kind = ImportKind(options.kind)

    async def work(settings: Settings) -> "tuple[Preview, ImportResult]":
        actor, packs, at = await _acting(options.login, Role.DISTRICT), _packs(settings), _now()
        file = upload(kind, options.file.name, options.file.read_bytes(), at=at)
        found = await preview(actor, file, packs=packs, at=at)
        if options.check or not found.result.asks:
            return found, found.result
        return found, await import_file(actor, file, packs=packs, at=at, seen=found.digest)

    found, result = _within(work)
    _say_refused(found, options.refused, lang)
    print(_summary(result, check=options.check).say(lang))
    return NOT_DONE if result.refused else DONE


def _say_refused(found: "Preview", place: Path | None, lang: Lang) -> None:
    """Print every refused cell, and write them into the file asked for."""
    from redproperty.exports.returns import sentence

    for refusal in found.result.refusals:
        print(sentence(refusal).say(lang), file=sys.stderr)
    if place is not None and found.result.refused:
        place.write_bytes(found.returned(lang))
        print(Text("未通过的单元格已写入 {place}", "The refused cells are in {place}").fill(place=place).say(lang))


def _summary(result: "ImportResult", *, check: bool) -> Text:
    """Return what became of a file in one sentence."""
    text = Text(
        "{kind}：新增 {new}，修改 {changed}，未变 {unchanged}，未通过 {refused}；{written}",
        "{kind}: {new} new, {changed} changed, {unchanged} unchanged, {refused} refused; {written}",
    )
    if result.written:
        written = Text("已写入", "written")
    elif result.asks and check:
        written = Text("只核对，没有写入", "only checked, nothing was written")
    else:
        written = Text("没有写入", "nothing was written")
    counts = {outcome.value: number for outcome, number in result.counts.items()}
    return text.fill(kind=result.kind.label, written=written, **counts)


def _rate(options: argparse.Namespace, lang: Lang) -> int:
    """Rate a period and print how the stars are spread."""
    from collections import Counter

    from redproperty.actions.ratings import close_period, publish
    from redproperty.domain.access import Role
    from redproperty.domain.periods import Period
    from redproperty.store import ratings

    period = Period.parse(options.period)

    async def work(settings: Settings) -> list[int | None]:
        actor, packs = await _acting(options.login, Role.DISTRICT), _packs(settings)
        run = await close_period(actor, packs, period, at=_now(), despite_pending=options.despite_pending)
        if options.publish:
            await publish(actor, packs, run, at=_now())
        return [row.stars for row in await ratings.kept(run)]

    stars = Counter(_within(work))
    state = Text("已发布", "published") if options.publish else Text("预览，尚未发布", "a preview, not published")
    print(Text("{period}：{state}", "{period}: {state}").fill(period=period.title, state=state).say(lang))
    titles = [(star, Text(f"{star} 星", f"{star} stars")) for star in (5, 4, 3, 2, 1, 0)]
    for star, title in [*titles, (None, Text("未评", "not rated"))]:
        print(f"  {title.say(lang)}\t{stars[star]}")
    return DONE


def _subsidise(options: argparse.Namespace, lang: Lang) -> int:
    """Draft a run, write its disbursement sheet and print the sums."""
    from redproperty.actions.subsidies import draft, read_order, sheet_of
    from redproperty.domain.access import Role, scope
    from redproperty.domain.money import in_words, yuan
    from redproperty.exports.workbooks import xlsx
    from redproperty.store import subsidies

    typed = {"period": options.period, "budget": options.budget}
    order = read_order(typed | {"document_number": options.document, "budget_item": options.item})

    async def work(settings: Settings) -> subsidies.Run:
        actor = await _acting(options.login, Role.FINANCE_PREPARER)
        number = await draft(actor, _packs(settings), order, at=_now())
        options.out.write_bytes(xlsx(await sheet_of(number, scope(actor), demo=settings.demo), lang))
        run = await subsidies.run(number)
        assert run is not None  # noqa: S101 - it has just been drafted
        return run

    run = _within(work)
    text = Text(
        "{number}：应发 {due} 元，实发 {paid} 元（{words}），预算 {budget} 元；待批准。已写入 {out}",
        "{number}: due ¥{due}, paid ¥{paid}, budget ¥{budget}; waits for approval. Written to {out}",
    )
    sums = {name: yuan(fen) for name, fen in (("due", run.due_fen), ("paid", run.paid_fen), ("budget", run.budget_fen))}
    print(text.fill(number=run.number, words=in_words(run.paid_fen), out=options.out, **sums).say(lang))
    return DONE


# --- rules and trust -------------------------------------------------------------------------------------------------


def _rules_check(options: argparse.Namespace, lang: Lang) -> int:
    """Print every problem of every edition, or how many hold."""
    del options
    from redproperty.store.rules import editions

    found = editions(from_environment().rules)
    for problem in found.problems:
        print(problem.say(lang), file=sys.stderr)
    for pack in found.packs:
        print(f"{pack.edition}  {pack.about.title.say(lang)}  {pack.digest[:12]}")
    return DONE if found.packs and not found.problems else NOT_DONE


def _rules_test(options: argparse.Namespace, lang: Lang) -> int:
    """Run the cases of every edition; print what differs and what no case touches."""
    del options
    from redproperty.domain.cases import run_cases, untouched
    from redproperty.store.rules_cases import load_cases

    settings, failed = from_environment(), 0
    for pack in _packs(settings):
        read = load_cases(settings.rules / pack.edition)
        faults = [problem.say(lang) for problem in read.problems]
        for outcome in run_cases(pack, read.cases):
            faults += [f"{outcome.case.name}: {text.say(lang)}" for text in outcome.problems]
        for line in faults:
            print(line, file=sys.stderr)
        failed += len(faults)
        bare = untouched(pack, read.cases)
        text = Text(
            "{edition}：{n} 个案例，{bad} 处不符；无案例的规则：{bare}",
            "{edition}: {n} cases, {bad} faults; without a case: {bare}",
        )
        named = ", ".join(bare) or "—"
        print(text.fill(edition=pack.edition, n=len(read.cases), bad=len(faults), bare=named).say(lang))
    return NOT_DONE if failed else DONE


def _rules_explain(options: argparse.Namespace, lang: Lang) -> int:
    """Print the rules of the latest edition in sentences, or the one of a code."""
    pack = _packs(from_environment())[-1]
    said = [(code, text) for code, text in _sentences(pack) if options.code in {None, code}]
    if not said:
        raise Refused(Text("没有代码 {code}", "There is no code {code}").fill(code=options.code))
    for code, text in said:
        print(f"{code:<12} {text.say(lang)}")
    return DONE


def _sentences(pack: "Pack") -> Iterable[tuple[str, Text]]:
    """Yield code and sentence of every item, step and rule of an edition."""
    for item in pack.sheet.items:
        yield item.code, Text("{title}：{rule}", "{title}: {rule}").fill(title=item.title, rule=item.rule())
    titles = pack.rating.titles()
    for step in pack.rating.steps:
        yield step.name, Text("{title}：{rule}", "{title}: {rule}").fill(title=step.title, rule=step.say(titles))
    for stage in pack.rating.stars.stages:
        yield from stage.sentences(titles)
    for text in pack.subsidy.sentences():
        yield "subsidy", text


def _verify(options: argparse.Namespace, lang: Lang) -> int:
    """Say whether the audit chain and every published rating hold."""
    del options
    from redproperty.actions.ratings import verify_rating
    from redproperty.store import audit, ratings

    async def work(settings: Settings) -> list[tuple[bool, Text]]:
        chain = await audit.verify()
        broken = Text("操作记录第 {id} 条起不符", "the audit chain breaks at entry {id}").fill(id=chain.broken)
        whole = Text("操作记录 {n} 条，链完整，末端 {head}", "audit chain of {n} entries is whole, head {head}")
        said = [
            (
                chain.broken is None,
                whole.fill(n=chain.entries, head=chain.head[:16]) if chain.broken is None else broken,
            )
        ]
        packs = _packs(settings)
        for run in await ratings.runs():
            if run.state == ratings.PREVIEW:
                continue
            found = await verify_rating(packs, run.id)
            why = Text("逐行一致", "every row is the same") if found.holds else _difference(found)
            text = Text("{period} 第 {id} 次评定，{rows} 个小区：{why}", "{period}, run {id}, {rows} estates: {why}")
            said.append((found.holds, text.fill(period=run.period, id=run.id, rows=found.rows, why=why)))
        return said

    said = _within(work)
    for holds, text in said:
        print(text.say(lang), file=sys.stdout if holds else sys.stderr)
    return DONE if all(holds for holds, _ in said) else NOT_DONE


def _difference(found: Any) -> Text:
    """Say what differs: the rules themselves, or which estates."""
    if not found.same_digest:
        return Text("规则版本已变或不在", "the edition has changed or is gone")
    return Text("不一致：{codes}", "different: {codes}").fill(codes=", ".join(found.differing[:10]))
