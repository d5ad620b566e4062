"""The tutorial, run as it is read: its files are written, its commands given, its answers compared."""

import re
import subprocess
from pathlib import Path

import pytest

from redproperty.cli import main
from redproperty.manual.pages import FOLDER

BLOCK = re.compile(r"^```(yaml|console)(?: (\S+))?( \+)?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def said_like(written: str, said: str) -> bool:
    """Whether what was printed is what is written; `…` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in written.strip().split("…"))
    return re.fullmatch(pattern, said.strip(), re.DOTALL) is not None


def given(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command prints, its complaints last."""
    if not command.startswith("redproperty "):
        subprocess.run(command, shell=True, check=True)
        return ""
    main(command.split()[1:])
    told = capsys.readouterr()
    return told.out + told.err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_tutorial_does_what_it_says(
    lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    commands = 0
    for kind, name, more, text in BLOCK.findall((FOLDER / f"tutorial.{lang}.md").read_text(encoding="utf-8")):
        if kind == "yaml":
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((path.read_text(encoding="utf-8") if more else "") + text, encoding="utf-8")
            continue
        for call in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, answer = call.partition("\n")
            said = given(command, capsys)
            assert said_like(answer, said), f"{command}\n{said}"
            commands += 1
    assert commands == 12
