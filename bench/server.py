"""How soon the server answers and how much memory it keeps, on the demo district.

The server is started on a demo that is already made; then one person of every post signs in and opens every page that
the menu and its pages lead to. Printed are the seconds from starting the process to its first page, the memory resident
(VmRSS) after that page and after everything, and the highest it ever was (VmHWM).
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

SOURCE = Path(__file__).parents[1] / "src"
SECONDS, MEGABYTES = 3.0, 300.0  # what is promised
PAGES = 40  # pages that one person opens


def main() -> int:
    """Measure, print, and return 0 when the promises hold."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", help="a demo that exists (default: one made for this)")
    with tempfile.TemporaryDirectory() as folder:
        database = options.parse_args().database or f"{folder}/demo.sqlite3"
        words = [sys.executable, "-m", "redproperty", "demo", "--database", database]
        environment = os.environ | {"PYTHONPATH": str(SOURCE)}
        subprocess.run([*words, "--build-only"], env=environment, check=True)
        port = _free_port()
        begun = time.perf_counter()
        server = subprocess.Popen(
            [*words, "--port", str(port)], env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        try:
            base = f"http://127.0.0.1:{port}"
            _first_page(base)
            seconds = time.perf_counter() - begun
            first = _memory(server.pid)["VmRSS"]
            opened, slowest, broken = _walk(base, _logins(server))
            memory = _memory(server.pid)
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=10)
    print(f"first page      {seconds:8.2f} s   (promised {SECONDS:.0f})")
    print(f"memory then     {first:8.0f} MB")
    print(f"memory at end   {memory['VmRSS']:8.0f} MB  (promised {MEGABYTES:.0f}; {opened} pages by every post)")
    print(f"memory at most  {memory['VmHWM']:8.0f} MB")
    print(f"slowest page    {slowest[0]:8.2f} s   {slowest[1]}")
    for page in broken:
        print(f"broken: {page}")
    return 1 if broken or seconds > SECONDS or memory["VmRSS"] > MEGABYTES else 0


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def _first_page(base: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{base}/sign-in").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError


def _logins(server: "subprocess.Popen[str]") -> list[str]:
    """Return the accounts that the demo prints, one for every post."""
    logins = []
    for line in server.stdout or ():
        if "Ctrl+C" in line:
            break
        if found := re.match(r"  ([a-z0-9.]+) {2,}\S", line):
            logins.append(found[1])
    return logins


def _walk(base: str, logins: list[str]) -> tuple[int, tuple[float, str], list[str]]:
    """Let every person open up to `PAGES` different pages; return how many in all, the slowest, and what broke."""
    opened, slowest, broken = 0, (0.0, ""), []
    for login in logins:
        with httpx.Client(base_url=base, follow_redirects=True, timeout=60) as client:
            client.get("/sign-in")
            form = {"login": login, "password": "demo-qixia-2026", "_csrf_token": client.cookies["csrftoken"]}
            waiting, seen = ["/"], set()
            client.post("/sign-in", data=form).raise_for_status()
            while waiting and len(seen) < PAGES:
                path = waiting.pop(0)
                shape = re.sub(r"\d+", "0", path.split("?")[0])  # a few of a kind are enough
                if path in seen or sum(re.sub(r"\d+", "0", one.split("?")[0]) == shape for one in seen) > 2:
                    continue
                seen.add(path)
                begun = time.perf_counter()
                page = client.get(path)
                slowest = max(slowest, (time.perf_counter() - begun, f"{login} {path}"))
                if page.is_server_error:
                    broken.append(f"{login} {path}")
                if "html" in page.headers.get("content-type", ""):
                    waiting += [link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)"', page.text)]
            opened += len(seen)
    return opened, slowest, broken


def _memory(pid: int) -> dict[str, float]:
    """Return the lines of a process's status that count memory, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    named = (line.split(":") for line in lines if line.startswith("Vm"))
    return {name: int(size.split()[0]) / 1024 for name, size in named}


if __name__ == "__main__":
    sys.exit(main())
