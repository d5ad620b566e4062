"""The wheel carries all it needs and runs outside the checkout: built, installed beside the locked packages, served."""

import os
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel as `just build` makes it."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run(words, cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_templates_rules_and_catalogues(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder, pattern in (("templates", "**/*.html"), ("rules", "**/*.yaml")):
        expected = {f"redproperty/{path.relative_to(TOP)}" for path in (TOP / folder).glob(pattern)}
        assert expected
        assert expected <= inside
    source = {str(path.relative_to(TOP / "src")) for path in (TOP / "src/redproperty").rglob("*") if path.is_file()}
    assert {path for path in source if "__pycache__" not in path} <= inside
    assert not any(path.startswith(("tests/", "bench/")) for path in inside)


def test_the_wheel_serves_its_demo_in_an_empty_folder(wheel, tmp_path):
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    site = next(home.glob("lib/python*/site-packages"))
    (site / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")  # what the lock installed
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True)
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    empty = tmp_path / "empty"
    empty.mkdir()
    server = subprocess.Popen(
        [home / "bin" / "redproperty", "demo"],
        cwd=empty,
        env=clean,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        address = next(line.split()[-1] for line in server.stdout if "http://" in line)
        page = _first_page(f"{address}sign-in")
    finally:
        server.terminate()
        server.communicate(timeout=10)
    assert page.status_code == 200
    assert "演示" in page.text
    assert (empty / "data/demo.sqlite3").is_file()


def _first_page(address: str) -> httpx.Response:
    for _ in range(200):
        try:
            return httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError(address)
