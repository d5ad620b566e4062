"""What is typed wrongly is said in one sentence, in the language asked for, with exit code 2."""

import subprocess
import sys
import time

import pytest


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (["user", "add", "x"], "缺少参数：name, --role", "missing: name, --role"),
        (["user", "add", "x", "y", "--role", "boss"], "--role 不能是“boss”；可选：inspector", "choose from inspector"),
        (["fly"], "COMMAND 不能是“fly”", "COMMAND cannot be “fly”"),
        (["serve", "--port", "http"], "--port 看不懂“http”", "--port: “http” cannot be read"),
        (["serve", "--port"], "--port 后面缺少值", "--port needs a value"),
        (["verify", "--now"], "多余的参数：--now", "unknown: --now"),
    ],
)
def test_a_mistake_is_said_in_both_languages(run, words, zh, en):
    for lang, expected in (("zh", zh), ("en", en)):
        said = run("--lang", lang, *words)
        assert said.code == 2
        assert expected in said.err
        assert said.out == ""


def test_the_language_is_that_of_the_console(run, monkeypatch):
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert "rate a period" in run("--help").out
    monkeypatch.setenv("LANG", "C.UTF-8")
    said = run("--help")
    assert "结算一个考核期" in said.out
    assert "usage" not in said.out
    assert said.code == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("REDPROPERTY_PORT", "http", "REDPROPERTY_PORT=15"), ("REDPROPERTY_PROT", "1", "no such setting")],
)
def test_a_wrong_setting_is_named_with_an_example(run, monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    answer = run("verify")
    assert answer.code == 2
    assert name in answer.err
    assert said in answer.err


def test_a_database_that_cannot_be_opened_is_said_without_its_password(run, monkeypatch, place):
    place.write_text("not a database, but long enough to be looked at as if it were one\n" * 10)
    said = run("verify")
    assert said.code == 1
    assert "打不开数据库" in said.err
    monkeypatch.setenv("REDPROPERTY_DATABASE", "postgresql://red:secret@127.0.0.1:1/red")
    said = run("--lang", "en", "verify")
    assert said.code == 1
    assert "The database postgresql://red:…@127.0.0.1:1/red cannot be opened" in said.err
    assert "secret" not in said.err


def test_help_comes_at_once_from_a_process_of_its_own():
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "redproperty", "--help"], capture_output=True, text=True, check=True)
    assert time.perf_counter() - begun < 1, "nothing heavy is imported for it; alone it takes a tenth of a second"
    assert "redproperty" in done.stdout
    script = "import sys, redproperty.cli; print({'polars', 'litestar', 'piccolo'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "set()\n"
    )


def test_a_reader_that_has_seen_enough_is_no_failure():
    words = [sys.executable, "-m", "redproperty", "rules", "manual", "group"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as writing:
        assert writing.stdout is not None
        assert writing.stderr is not None
        writing.stdout.close()
        assert writing.stderr.read() == ""
    assert writing.returncode == 0
