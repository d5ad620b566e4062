"""What tests share: a real database with a small district, the application with a stopped clock, people."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

import httpx
import hypothesis
import pytest
from litestar import Litestar

import district
import postgres
from redproperty.app import create_app
from redproperty.settings import Settings
from redproperty.store.engine import Engine, engine_for, opened
from redproperty.store.schema import bind, migrate
from serving import SOURCE

ON_CI = os.environ.get("CI") == "true"
# no deadline: a busy machine is no fault of the code; on CI the same examples each time, elsewhere new ones
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if ON_CI else "house")
CHROMIUM = shutil.which("chromium")
SignedIn = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """On CI nothing may be skipped: a skip there is a failure that says what is missing."""
    report = yield
    if ON_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped on CI: {report.longrepr}"
    return report


def pytest_collection_modifyitems(items) -> None:
    """Browser tests say what to install where there is no browser."""
    if CHROMIUM is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="no chromium: apt-get install chromium fonts-noto-cjk"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked `both` that opens a record runs twice: on SQLite and on PostgreSQL."""
    if "database" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both"):
        engines = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
        metafunc.parametrize("database", engines, indirect=True)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path."""
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium fonts-noto-cjk")
    return CHROMIUM


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL made for the session."""
    with postgres.running() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def template(cluster: postgres.Cluster) -> str:
    """A PostgreSQL database with all tables and nothing in them."""
    name = cluster.create()

    async def made() -> None:
        async with opened(engine_for(cluster.address(name))) as engine:
            bind(engine)
            await migrate(engine)

    asyncio.run(made())
    return name


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the record stands: a file, or a PostgreSQL database where a test asks for both (mark `both`)."""
    if getattr(request, "param", "sqlite") != "postgres":
        return str(tmp_path / "record.sqlite3")
    cluster: postgres.Cluster = request.getfixturevalue("cluster")
    return cluster.address(cluster.create(request.getfixturevalue("template")))


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `redproperty demo` has made its district: data/demo.sqlite3. Only to be read."""
    folder = tmp_path_factory.mktemp("demo")
    words = [sys.executable, "-m", "redproperty", "demo", "--build-only"]
    subprocess.run(words, cwd=folder, env=os.environ | SOURCE | {"PYTHONHASHSEED": "1"}, check=True)
    return folder


@pytest.fixture
def settings(database: str) -> Settings:
    """Settings of a fresh installation with a record of its own."""
    return Settings(database=database)


@pytest.fixture(scope="session")
def fresh_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite record with all tables and nothing in them, to be copied: making them takes longer than most tests."""
    place = tmp_path_factory.mktemp("fresh") / "record.sqlite3"

    async def made() -> None:
        async with opened(engine_for(str(place))) as engine:
            bind(engine)
            await migrate(engine)

    asyncio.run(made())
    return place


def laid(settings: Settings, fresh_record: Path) -> None:
    """Lay the empty record where the settings want one, unless one is there or it is PostgreSQL's."""
    if not settings.is_postgres and not Path(settings.database).exists():
        shutil.copyfile(fresh_record, settings.database)


@pytest.fixture
async def record(settings: Settings, fresh_record: Path) -> AsyncIterator[Engine]:
    """An open record with the small district, for tests of the store and of actions."""
    laid(settings, fresh_record)
    async with opened(engine_for(settings.database)) as engine:
        bind(engine)
        await migrate(engine)
        await district.build()
        yield engine


@cache
def wired(settings: Settings) -> Litestar:
    """The application with such settings: wiring it takes longer than most tests, and leaves no trace of a record."""
    return create_app(settings, clock=lambda: district.NOW)


@pytest.fixture
async def app(settings: Settings, fresh_record: Path) -> AsyncIterator[Litestar]:
    """The running application on the small district, its clock stopped at `district.NOW`."""
    laid(settings, fresh_record)
    application = wired(replace(settings, database=""))
    application.state.update(settings=settings, clock=lambda: district.NOW, whatifs={}, grounds={})
    up, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:  # enters and leaves in one task, which pytest's fixtures do not promise
        async with application.lifespan():
            await district.build()
            up.set()
            await over.wait()

    life = asyncio.create_task(live())
    await asyncio.wait([life, asyncio.ensure_future(up.wait())], return_when=asyncio.FIRST_COMPLETED)
    if not up.is_set():
        await life
    yield application
    over.set()
    await life


@pytest.fixture
async def stranger(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody has signed in."""
    async with _browser(app) as client:
        yield client


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Callable[[str], Awaitable[httpx.AsyncClient]]]:
    """`await browser("192.0.2.7")` is a browser at that address in which nobody has signed in."""
    async with AsyncExitStack() as stack:

        async def opened_at(address: str) -> httpx.AsyncClient:
            return await stack.enter_async_context(_browser(app, address))

        yield opened_at


@pytest.fixture
async def signed_in(app: Litestar) -> AsyncIterator[SignedIn]:
    """`await signed_in("reviewer.xl")` is a browser of that person; posts carry the form token by themselves."""
    async with AsyncExitStack() as stack:

        async def enter(login: str) -> httpx.AsyncClient:
            client = await stack.enter_async_context(_browser(app))
            await client.get("/sign-in")
            response = await client.post("/sign-in", data={"login": login, "password": district.PASSWORD})
            assert response.status_code == 303, response.text
            await client.get("/password")  # any page brings the new form token
            return client

        yield enter


def _browser(app: Litestar, address: str = "127.0.0.1") -> httpx.AsyncClient:
    async def token(request: httpx.Request) -> None:
        if request.method != "GET" and "x-csrftoken" not in request.headers:
            cookies = dict(part.split("=", 1) for part in request.headers.get("cookie", "").split("; ") if "=" in part)
            request.headers["x-csrftoken"] = cookies.get("csrftoken", "")

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 50_000))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", event_hooks={"request": [token]})
