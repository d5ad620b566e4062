"""The command line: reads the words typed, calls the command, and says what came of it; the main job stands here.

Exit codes: 0 done, 1 refused or something does not hold, 2 the command or a setting cannot be understood. What a
command needs is imported when it runs, so that `--help` answers at once.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from redproperty.console import accounts, changing, imports, manual, reasons, schema, servers, trust
from redproperty.console import rules as editions
from redproperty.console.record import DONE, NOT_DONE, NOT_UNDERSTOOD, acting, now, usable, within
from redproperty.console.subsidise import subsidise
from redproperty.domain.access import Role
from redproperty.domain.texts import Invalid, Lang, Refused, Text
from redproperty.settings import Settings, WrongSetting, language

if TYPE_CHECKING:
    pass

KINDS = ("divisions", "estates", "companies", "scores", "facts")
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
    "refused": Text("把未通过的单元格写成 XLSX 文件", "write what is refused into this XLSX file"),
    "rate": Text("按现有记录结算一个考核期", "rate a period from the record as it stands"),
    "publish": Text("结算后即发布", "publish the result at once"),
    "pending": Text("不计尚未复核的检查", "leave out inspections that are not reviewed yet"),
    "subsidise": Text(
        "编制补贴表并导出；不写文号和预算项目时只试算",
        "draft a subsidy run and export it; a dry run without document and item",
    ),
    "budget": Text("预算（元）", "budget in yuan"),
    "document": Text("文号", "document number"),
    "item": Text("预算项目", "budget item"),
    "out": Text("导出的 XLSX 文件", "the XLSX file to write"),
    "as": Text("以哪个账号办理（默认：该岗位唯一的账号）", "the account that acts (default: the only one of its post)"),
    "rules": Text("规则版本：检查、测试、说明", "editions of the rules: check, test, explain"),
    "check": Text("严格读取所有版本，列出全部问题", "read every edition strictly and list all problems"),
    "test": Text("运行规则旁的案例", "run the cases beside the rules"),
    "explain": Text("用一句话说明每条规则", "say every rule in one sentence"),
    "why": Text("说明一个小区为什么是这个星级", "say why an estate has its stars"),
    "estate": Text("小区编码", "code of the estate"),
    "json": Text("输出完整计算过程（JSON）", "print the whole working as JSON"),
    "manual": Text("规则语言手册：按名字看一页", "the manual of the rule language: one page by its name"),
    "kind": Text(
        "种类、章节或路径，如 sum、cases、steps/bands", "a shape, chapter or path, such as sum, cases, steps/bands"
    ),
    "schema": Text(
        "写出规则文件的 JSON Schema，供编辑器补全和查错", "write JSON Schemas of the rule files for editors"
    ),
    "schemas": Text("写到这个文件夹（默认 rules-schema）", "the folder to write them into (default: rules-schema)"),
    "write": Text("把整本手册写进文件", "write the whole manual into a file"),
    "code": Text("项目、步骤或规则代码（省略则全部）", "code of an item, step or rule (all if left out)"),
    "convert": Text(
        "把评分表（XLSX、CSV）转成草案版本，读不懂的逐处标明；给版本名则反过来写出评分表",
        "turn a score sheet (XLSX, CSV) into a draft edition, marking every cell not understood; with the name of an "
        "edition, write its score sheet",
    ),
    "place": Text("写到哪里：草案的文件夹，或评分表文件", "where to write: the folder of the draft, or the workbook"),
    "like": Text(
        "评分表以外的部分照哪个版本（默认最新）", "the edition that gives all but the sheet (default: the latest)"
    ),
    "put_in_force": Text(
        "提请发布一个版本；另一人用 --approve 批准", "propose an edition for publication; another person approves it"
    ),
    "note": Text("改了什么、为什么改", "what changes, and why"),
    "approve": Text("批准等待中的提请（不能是提请人）", "put the proposed edition in force (never by its proposer)"),
    "send_back": Text("退回提请并写明原因", "send the proposal back, with the reason"),
    "diff": Text(
        "逐条比较两个版本（名称或文件夹）：新增、删去、修改",
        "compare two editions (names or folders): what is added, removed, changed",
    ),
    "folder": Text(
        "版本文件夹，或放有多个版本的文件夹（默认：本系统的规则）",
        "the folder of an edition, or one that holds several (default: the rules of this installation)",
    ),
    "edition": Text("只看这个版本，如 2026-01-01", "only this edition, such as 2026-01-01"),
    "verify": Text(
        "核验操作记录链和照片文件，并重算已发布的星级",
        "verify the audit chain and the files of photos, and compute published stars again",
    ),
}


MISTAKES = {  # what argparse says, and how we say it
    r"the following arguments are required: (.+)": Text("缺少参数：{0}", "missing: {0}"),
    r"argument (.+): invalid choice: '?(.*?)'? \(choose from (.+)\)": Text(
        "{0} 不能是“{1}”；可选：{2}", "{0} cannot be “{1}”; choose from {2}"
    ),
    r"argument (.+): invalid \w+ value: '(.*)'": Text("{0} 看不懂“{1}”", "{0}: “{1}” cannot be read"),
    r"argument (.+): expected .*": Text("{0} 后面缺少值", "{0} needs a value"),
    r"unrecognized arguments: (.+)": Text("多余的参数：{0}", "unknown: {0}"),
}


HEADINGS = (
    Text("用法：", "usage: "),
    Text("参数：", "positional arguments:"),
    Text("选项：", "options:"),
    Text("显示这段说明", "show this help message and exit"),
)


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks the language asked for."""

    lang: Lang = "zh"

    def format_help(self) -> str:
        """Return the help with its headings in the language asked for."""
        text = super().format_help()
        for heading in HEADINGS:
            text = text.replace(heading.en, heading.say(self.lang))
        return text

    def error(self, message: str) -> NoReturn:
        """Say what cannot be understood and where help is, and leave."""
        found = ((re.fullmatch(pattern, message), text) for pattern, text in MISTAKES.items())
        said = next((text.say(self.lang).format(*match.groups()) for match, text in found if match), message)
        said = said.replace("'", "")
        more = Text("用法见 {prog} --help", "see {prog} --help").fill(prog=self.prog).say(self.lang)
        self.exit(NOT_UNDERSTOOD, f"{self.prog}: {said}\n{more}\n")


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
    except (KeyboardInterrupt, BrokenPipeError):  # somebody, or a reader such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor is the rest written at the end
        return DONE
    except OSError as error:
        text = Text("读写不了 {file}：{why}", "{file} cannot be read or written: {why}")
        return _fail(text.fill(file=error.filename or "", why=error.strerror or error).say(lang))


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

    spoken = type("SpokenParser", (Parser,), {"lang": lang})  # sub-commands are parsers of the same class
    parser: argparse.ArgumentParser = spoken(prog="redproperty", description=told("what"))
    parser.add_argument("--lang", choices=("zh", "en"), help=told("lang"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace, Lang], int], under: Any = commands) -> Any:
        made = under.add_parser(name, help=told(name), description=told(name))
        made.set_defaults(run=run)
        return made

    demo = command("demo", servers.demo)
    demo.add_argument("--port", type=int, help=told("port"))
    demo.add_argument("--database", default=servers.DEMO_DATABASE, metavar="FILE", help=told("database"))
    demo.add_argument("--remake", action="store_true", help=told("remake"))
    demo.add_argument("--build-only", action="store_true", help=told("build_only"))
    command("serve", servers.serve).add_argument("--port", type=int, help=told("port"))

    users = commands.add_parser("user", help=told("user")).add_subparsers(required=True, metavar="COMMAND")
    add = command("add", accounts.add, users)
    add.add_argument("login")
    add.add_argument("name")
    add.add_argument("--role", required=True, choices=[role.value for role in Role], help=told("role"))
    add.add_argument("--street", default="", help=told("street"))
    add.add_argument("--company", default="", metavar="USCC", help=told("company"))
    command("password", accounts.password, users).add_argument("login")
    command("disable", accounts.disable, users).add_argument("login")

    _job(command, told)

    rules = commands.add_parser("rules", help=told("rules")).add_subparsers(required=True, metavar="COMMAND")
    _rules(command, told, rules)
    put = rules.add_parser("publish", help=told("put_in_force"), description=told("put_in_force"))
    put.set_defaults(run=changing.publish)
    put.add_argument("edition", metavar="EDITION")
    put.add_argument("--document", default="", help=told("document"))
    put.add_argument("--note", default="", help=told("note"))
    put.add_argument("--approve", action="store_true", help=told("approve"))
    put.add_argument("--send-back", default="", metavar="REASON", help=told("send_back"))
    put.add_argument("--as", dest="login", default="", metavar="LOGIN", help=told("as"))
    command("verify", trust.verify)
    return parser


def _rules(command: Callable[..., Any], told: Callable[[str], str], rules: Any) -> None:
    """Add the commands that read editions and the manual."""
    explain = command("explain", editions.explain, rules)
    explain.add_argument("code", nargs="?", help=told("code"))
    proves = (command("check", editions.check, rules), command("test", editions.test, rules))
    for reads in proves:
        reads.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help=told("folder"))
    for reads in (*proves, explain):
        reads.add_argument("--edition", metavar="DATE", help=told("edition"))
    diff = command("diff", changing.diff, rules)
    diff.add_argument("before", metavar="A")
    diff.add_argument("after", metavar="B")
    turn = command("convert", changing.convert, rules)
    turn.add_argument("source", metavar="FILE.xlsx|EDITION")
    turn.add_argument("-o", dest="out", type=Path, metavar="PLACE", help=told("place"))
    turn.add_argument("--like", default="", metavar="EDITION", help=told("like"))
    made = command("schema", schema.write, rules)
    made.add_argument("-o", dest="out", type=Path, default=Path("rules-schema"), metavar="DIR", help=told("schemas"))
    pages = command("manual", manual.show, rules)
    pages.add_argument("kind", nargs="?", help=told("kind"))
    pages.add_argument("--write", type=Path, metavar="FILE.md", help=told("write"))


def _job(command: Callable[..., Any], told: Callable[[str], str]) -> None:
    """Add the commands that work on the record under somebody's account."""
    bring = command("import", imports.bring)
    bring.add_argument("kind", choices=KINDS)
    bring.add_argument("file", type=Path)
    bring.add_argument("--check", action="store_true", help=told("check_only"))
    bring.add_argument("--refused", type=Path, metavar="FILE.xlsx", help=told("refused"))
    rate = command("rate", _rate)
    rate.add_argument("period", metavar="2026Q3")
    rate.add_argument("--publish", action="store_true", help=told("publish"))
    rate.add_argument("--despite-pending", action="store_true", help=told("pending"))
    pay = command("subsidise", subsidise)
    pay.add_argument("period", metavar="2026Q3")
    pay.add_argument("--budget", required=True, metavar="YUAN", help=told("budget"))
    pay.add_argument("--out", required=True, type=Path, metavar="FILE.xlsx", help=told("out"))
    pay.add_argument("--document", default="", help=told("document"))
    pay.add_argument("--item", default="", help=told("item"))
    why = command("why", reasons.why)
    why.add_argument("period", metavar="2026Q3")
    why.add_argument("estate", metavar="QX-0001", help=told("estate"))
    why.add_argument("--json", action="store_true", help=told("json"))
    for deed in (bring, rate, pay, why):
        deed.add_argument("--as", dest="login", default="", metavar="LOGIN", help=told("as"))


# --- the main job ----------------------------------------------------------------------------------------------------


def _rate(options: argparse.Namespace, lang: Lang) -> int:
    """Rate a period and print how the stars are spread."""
    from collections import Counter

    from redproperty.actions.ratings import close_period, publish
    from redproperty.domain.awards import scale, words
    from redproperty.domain.packs import Pack, holding
    from redproperty.domain.periods import Period
    from redproperty.store import ratings

    period = Period.parse(options.period)

    async def work(settings: Settings) -> tuple[Counter[str], Pack | None]:
        actor, editions = await acting(options.login, Role.DISTRICT), await usable(settings)
        run = await close_period(actor, editions, period, at=now(), despite_pending=options.despite_pending)
        if options.publish:
            await publish(actor, editions, run, at=now())
        return Counter((await ratings.awards_in(run)).values()), holding(editions, period)

    found, pack = within(work)
    state = Text("已发布", "published") if options.publish else Text("预览，尚未发布", "a preview, not published")
    print(Text("{period}：{state}", "{period}: {state}").fill(period=period.title, state=state).say(lang))
    for award in scale([pack], found):
        print(f"  {words(award, pack).say(lang)}\t{found[award]}")
    return DONE
