"""A PostgreSQL of its own for a test session: a cluster on a socket in a temporary folder, one database per test.

A file whose tests must hold on either database says `pytestmark = pytest.mark.both`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

MISSING = "no PostgreSQL: apt-get install postgresql"
CONFIGURATION = """
listen_addresses = ''
max_connections = 60
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
"""


def programs() -> Path | None:
    """Return the folder of initdb and postgres: on the path, or the newest of Debian's."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [initdb.parent for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: int(folder.parent.name), default=None)


class Cluster:
    """A running PostgreSQL; `create` makes a database, `address` is where it is."""

    def __init__(self, folder: Path, socket: Path, user: str) -> None:
        self._folder, self._socket, self._user, self._numbers = folder, socket, user, count(1)

    def address(self, name: str) -> str:
        """Return the address of a database of the cluster."""
        return f"postgresql://{self._user}@/{name}?host={self._socket}"

    def create(self, template: str = "template0") -> str:
        """Make a database as a copy of `template`, by default an empty one, and return its name."""
        name = f"test_{next(self._numbers)}"
        subprocess.run(
            [self._folder / "createdb", "-h", self._socket, "-U", self._user, "-T", template, name], check=True
        )
        return name


@contextmanager
def running() -> Iterator[Cluster]:
    """Make a cluster and stop it afterwards; as root, PostgreSQL runs as an account that may do nothing else."""
    folder = programs()
    if folder is None:
        pytest.skip(MISSING)
    owner = _owner()
    home = Path(tempfile.mkdtemp(prefix="redproperty-pg-", dir="/tmp"))  # short: a socket's path has 107 bytes
    os.chown(home, owner.pw_uid, owner.pw_gid)
    try:
        data, user = home / "data", owner.pw_name
        made = [folder / "initdb", "--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C", "-U", user, "-D", data]
        _run(made, owner)
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(f"{CONFIGURATION}unix_socket_directories = '{home}'\n")
        control = [folder / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-l", home / "log", "start"], owner)
        try:
            yield Cluster(folder, home, user)
        finally:
            _run([*control, "-m", "immediate", "stop"], owner)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _owner() -> pwd.struct_passwd:
    """Return whoever runs the cluster: oneself, but never root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


def _run(command: list, owner: pwd.struct_passwd) -> None:
    someone_else = {} if os.geteuid() != 0 else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    done = subprocess.run(
        command,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **someone_else,
    )
    assert done.returncode == 0, done.stdout.decode()
