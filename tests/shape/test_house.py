"""The house keeps its shape: layers, views and their templates, recipes, the lock, documented settings, small files."""

import re
import subprocess
import sys
import tomllib
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from redproperty import __version__, web
from redproperty.settings import PREFIX, Settings
from redproperty.web.views import View

TOP = Path(__file__).parents[2]
TEMPLATES = TOP / "templates"
LIMIT_BYTES = 400_000
RECIPES = {"setup", "demo", "serve", "test", "check", "fix", "bench", "lock", "build"}


def views() -> list[type[View]]:
    """Every view that a module of the web layer declares."""
    for module in iter_modules(web.__path__):
        import_module(f"redproperty.web.{module.name}")
    found, waiting = [], [View]
    while waiting:
        waiting += (children := waiting.pop().__subclasses__())
        found += [child for child in children if child.__module__.startswith("redproperty.")]
    return sorted(set(found), key=lambda view: view.__qualname__)


def files() -> list[Path]:
    """Every file that git keeps, or would keep once it is added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [path for name in listed.split("\0") if name and (path := TOP / name).is_file()]


def test_imports_point_downwards():
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=TOP, capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": "src"})  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("view", views(), ids=lambda view: view.__qualname__)
def test_a_view_is_a_frozen_dataclass_with_a_template(view):
    assert view.__doc__
    assert is_dataclass(view)
    assert view.__dataclass_params__.frozen
    assert (TEMPLATES / view.template).is_file()


def test_every_template_is_reached_from_a_view():
    waiting = {view.template for view in views()}
    reached: set[str] = set()
    while waiting:
        reached.add(name := waiting.pop())
        named = re.findall(r'{%-?\s*(?:extends|include|import|from)\s+"([^"]+)"', (TEMPLATES / name).read_text())
        waiting |= set(named) - reached
    everything = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    assert sorted(everything - reached) == []


@pytest.mark.parametrize("name", ["ui", "forms", "lists"])
def test_every_shared_component_is_on_the_gallery(name):
    page = (TEMPLATES / "pages/gallery/components.html").read_text()
    source = (TEMPLATES / f"macros/{name}.html").read_text()
    macros = re.findall(r"{%-? macro (\w+)\(", source)
    inner = {macro for macro in macros if len(re.findall(rf"\b{macro}\(", source)) > 1}  # parts of other macros
    assert macros
    missing = [macro for macro in macros if f"{name}.{macro}(" not in page and macro not in inner]
    assert missing == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_every_setting_is_documented(readme):
    named = set(re.findall(PREFIX + r"[A-Z_]*[A-Z]", (TOP / readme).read_text()))
    known = {PREFIX + entry.name.upper() for entry in fields(Settings)}
    assert known - named == set()
    assert named - known == set()


def test_the_lock_has_hashes_and_no_host_names():
    lock = (TOP / "requirements.lock").read_text()
    pinned = re.findall(r"^([a-z0-9._-]+(?:\[[a-z,]+\])?)==[^ ]+", lock, re.MULTILINE)
    assert len(pinned) > 40
    assert lock.count("==") <= lock.count("--hash=sha256:")
    assert re.search(r"https?:|index-url|find-links|@ ", lock) is None
    for requirement in tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["dependencies"]:
        assert re.split(r"[\[<>=~! ]", requirement)[0] in pinned


def test_no_file_is_large():
    large = {str(path.relative_to(TOP)): path.stat().st_size for path in files() if path.stat().st_size > LIMIT_BYTES}
    assert large == {}


def test_the_recipes_are_there_and_say_what_they_do():
    justfile = (TOP / "justfile").read_text()
    told = dict(re.findall(r"^(#[^\n]*)\n([a-z]+)[^\n:=]*:(?!=)", justfile, re.MULTILINE))
    assert set(told.values()) >= RECIPES


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_ci_runs_exactly_the_test_command_of_the_readme(readme):
    script = (TOP / ".ci/run").read_text()
    command = script.strip().splitlines()[-1]
    assert command.endswith("just test")
    assert command in (TOP / readme).read_text()
    assert "export CI=true" in script
    assert subprocess.run(["sh", "-n", TOP / ".ci/run"], check=False).returncode == 0
    assert (TOP / ".ci/run").stat().st_mode & 0o111


def test_the_command_line_is_small_and_its_parts_too():
    for path in [*(TOP / "src/redproperty/console").glob("*.py"), TOP / "src/redproperty/cli.py"]:
        assert len(path.read_text().splitlines()) < 500, path


def test_the_engine_that_traces_name_is_the_release():
    assert __version__ == tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["version"]
