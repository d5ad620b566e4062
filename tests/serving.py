"""A server in a process of its own, for what only a real one shows: browsers, many clients at once, a sudden death.

`Server.start` runs this file as a script. The clock begins at `district.NOW` and goes on by the wall, also over a
restart, so that a page says what a test expects and later is later.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

TESTS = Path(__file__).parent
SOURCE = {"PYTHONPATH": str(TESTS.parent / "src")}  # for a process that runs elsewhere
PATIENCE = 20.0  # seconds until a server that does not answer has failed


@dataclass
class Server:
    """A server on a record that exists; after `start` it listens at `base` ("http://127.0.0.1:41234").

    `database` is a file of SQLite or the address of a PostgreSQL database; `inspections` are the ids that
    `inspecting.plan` returned, where the record was made with it.
    """

    database: Path | str
    inspections: dict[str, int] = field(default_factory=dict)
    base: str = ""
    _begun: float = field(default_factory=time.time)
    _process: "subprocess.Popen[str] | None" = None

    def start(self) -> None:
        """Serve, at the same address as before when it has been started before, and return when it answers."""
        port = self.base.rpartition(":")[2] or "0"
        words = [sys.executable, __file__, str(self.database), port, str(self._begun)]
        paths = os.pathsep.join((str(TESTS.parent / "src"), str(TESTS)))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REDPROPERTY_")}
        self._process = subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, env={**environment, "PYTHONPATH": paths}
        )
        assert self._process.stdout is not None
        self.base = self._process.stdout.readline().strip()
        assert self.base, "the server did not start; its errors stand above"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.base}/sign-in", timeout=PATIENCE).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self) -> None:
        """End it as an administrator does; nothing happens where it does not run."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as the power does: SIGKILL, no chance to finish anything."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


def main(database: str, port: str, begun: str) -> None:
    """Serve `database` on `port` (0: a free one), say the address on the first line, until a signal ends it."""
    import socket

    import uvicorn

    import district
    from redproperty.app import create_app
    from redproperty.settings import Settings

    ahead = district.NOW - datetime.fromtimestamp(float(begun), UTC)
    app = create_app(Settings(database=database), clock=lambda: datetime.now(UTC) + ahead)
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(("127.0.0.1", int(port)))
    print(f"http://127.0.0.1:{door.getsockname()[1]}", flush=True)  # noqa: T201 - said to the parent
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[door])


if __name__ == "__main__":
    main(*sys.argv[1:])
