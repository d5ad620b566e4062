"""The two servers: the demo, which makes its district first, and the real one, which wants nothing of the demo."""

import argparse
import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from redproperty.console.record import DONE, NOT_DONE, packs, record
from redproperty.domain.texts import Lang, Refused, Text
from redproperty.settings import Settings, from_environment

if TYPE_CHECKING:
    from litestar import Litestar

PORTS_TRIED = 50
DEMO_DATABASE = "data/demo.sqlite3"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
INTRODUCED = Text(
    "\n红色物业 · 演示数据（小区、企业、人员均为虚构）\n\n  地址　　http://{host}:{port}/\n"
    "  演示日期 {today}（固定）\n  密码　　{password}（所有演示账号相同）\n",
    "\nRed Property · demo data (estates, companies and people are invented)\n\n  address   http://{host}:{port}/\n"
    "  today is  {today} (always)\n  password  {password} (the same for every demo account)\n",
)
PUBLIC_PASSWORD = Text(
    "账号 {logins} 还用着公开的演示密码，先重设：redproperty user password {first}",
    "The accounts {logins} still have the demo's public password: redproperty user password {first}",
)
NO_ADMINISTRATOR = Text(
    "还没有账号管理员，先开户：redproperty user add 账号 姓名 --role admin",
    "There is no account administrator yet: redproperty user add LOGIN NAME --role admin",
)
UNSEALED = Text(
    "提醒：{host} 可从其他机器访问，而 REDPROPERTY_SECURE_COOKIES 未开启；请在前面设 HTTPS，并设 "
    "REDPROPERTY_SECURE_COOKIES=1。",
    "Note: {host} can be reached from other machines while REDPROPERTY_SECURE_COOKIES is off; put HTTPS in front and "
    "set REDPROPERTY_SECURE_COOKIES=1.",
)
TAKEN = Text("端口 {port} 已被占用，换一个：--port", "Port {port} is taken; choose another with --port")


def demo(options: argparse.Namespace, lang: Lang) -> int:
    """Make the demo where it is missing, say how to get in, and serve it.

    It is made in a process of its own, so that what making needs does not stay in the server's memory.
    """
    settings = replace(from_environment(), database=options.database, photos="", host="127.0.0.1", demo=True)
    if settings.is_postgres:
        raise Refused(Text("演示数据只放在文件里", "The demo is kept in a file"))
    if options.remake:
        _forget(Path(settings.database))
        shutil.rmtree(settings.photos_folder, ignore_errors=True)
    if not Path(settings.database).exists():
        if options.build_only:
            asyncio.run(_build(settings, lang))
            return DONE
        asked = ["--lang", lang, "demo", "--build-only", "--database", settings.database]
        made = subprocess.run([sys.executable, "-m", "redproperty", *asked], check=False)  # noqa: S603 - ourselves
        if made.returncode:
            return made.returncode
    return DONE if options.build_only else _serve_demo(settings, options.port, lang)


async def _build(settings: Settings, lang: Lang) -> None:
    """Build beside the place and move there when whole, so that a build cut short leaves nothing half made."""
    from redproperty.demo.build import build

    print(Text("正在建立演示数据…", "Making the demo district…").say(lang), flush=True)
    place = Path(settings.database)
    part = place.with_name(place.name + ".part")
    _forget(part)
    async with record(replace(settings, database=str(part)), kept=False):
        await build(packs(settings), settings.photos_folder)
    part.replace(place)


def _forget(place: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)


def _serve_demo(settings: Settings, port: int | None, lang: Lang) -> int:
    from redproperty.app import create_app, wall_clock
    from redproperty.demo.days import demo_clock

    asyncio.run(_look_into(settings))
    with closing(_door(settings, [port] if port is not None else _ports(settings))) as door:
        _introduce(door, lang)
        return _run(create_app(settings, clock=demo_clock(wall_clock)), door)


async def _look_into(settings: Settings) -> None:
    """Open and close the record, so that what is wrong with it is said in a sentence and not by a server's trace."""
    async with record(settings):
        pass


def _introduce(door: socket.socket, lang: Lang) -> None:
    """Print the address, and one account for every post."""
    from redproperty.demo.accounts import PASSWORD, introduced
    from redproperty.demo.days import TODAY

    host, port = door.getsockname()[:2]
    print(INTRODUCED.fill(host=host, port=port, today=TODAY, password=PASSWORD).say(lang))
    for role, login in introduced():
        print(f"  {login:<16} {role.label.say(lang)}")
    print(Text("\n按 Ctrl+C 停止。", "\nCtrl+C stops it.").say(lang), flush=True)


def serve(options: argparse.Namespace, lang: Lang) -> int:
    """Serve the real record; a demo database and demo accounts are refused."""
    settings = from_environment()
    if settings.demo:
        raise Refused(Text("演示请用 redproperty demo", "For the demo there is `redproperty demo`"))
    asyncio.run(_refuse_demo(settings))
    from redproperty.app import create_app

    if settings.host not in LOOPBACK and not settings.secure_cookies:
        print(UNSEALED.fill(host=settings.host).say(lang), file=sys.stderr)
    with closing(_door(settings, [options.port or settings.port])) as door:
        host, port = door.getsockname()[:2]
        print(f"http://{host}:{port}/", flush=True)
        return _run(create_app(settings), door)


async def _refuse_demo(settings: Settings) -> None:
    """Pass when nothing of the demo is in the record.

    Raises:
        Refused: accounts have the demo's public password, or nobody can open accounts.
    """
    from redproperty.demo.accounts import HASH
    from redproperty.domain.access import Role
    from redproperty.store import people

    async with record(settings):
        known = await people.logins_with(HASH)
        listed = await people.accounts(people.Wanted(role=Role.ADMIN.value))
    if known:
        raise Refused(PUBLIC_PASSWORD.fill(logins=", ".join(known), first=known[0]))
    if all(one.disabled for one in listed):
        raise Refused(NO_ADMINISTRATOR)


def _ports(settings: Settings) -> Iterable[int]:
    return range(settings.port, settings.port + PORTS_TRIED)


def _door(settings: Settings, ports: Iterable[int]) -> socket.socket:
    """Return a socket that listens on the first of the ports that is free.

    Raises:
        Refused: none is.
    """
    tried = list(ports)
    for port in tried:
        door = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.host, port))
            door.listen()  # who asks from now on waits for the start; nobody is turned away
        except OSError:
            door.close()
        else:
            return door
    raise Refused(TAKEN.fill(port=tried[0] if len(tried) == 1 else f"{tried[0]}–{tried[-1]}"))


def _run(app: "Litestar", door: socket.socket) -> int:
    """Serve until stopped. Addresses with their queries and bodies are never logged: they can hold names."""
    import uvicorn

    proxies = app.state.settings.proxies
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, forwarded_allow_ips=proxies
    )
    server = uvicorn.Server(config)
    server.run(sockets=[door])
    return DONE if server.started else NOT_DONE
