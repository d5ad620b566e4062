"""What an installation may decide: one frozen value, and the only place that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

PREFIX = "REDPROPERTY_"
LAST_PORT, LARGEST = 65_535, 1_000_000
ZONE = ZoneInfo("Asia/Shanghai")  # every day and hour shown to a person is that of China


def bundled(folder: str) -> Path:
    """Return `templates`, `rules`, … beside the package (wheel) or at the top of the checkout."""
    inside = Path(__file__).parent / folder
    return inside if inside.is_dir() else Path(__file__).parents[2] / folder


@dataclass(frozen=True)
class Settings:
    """Every setting with its default; each is the environment variable `REDPROPERTY_<NAME>`.

    `database` is a file path (SQLite) or a `postgresql://` address; `hosts` the names under which it may be asked for,
    divided by commas (empty: any); `proxies` the addresses whose word on where a request comes from is taken; `photos`
    the folder of the pictures (empty: beside the database).
    """

    database: str = "data/redproperty.sqlite3"
    photos: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    demo: bool = False
    secure_cookies: bool = False
    rules: Path = field(default_factory=lambda: bundled("rules"))
    templates: Path = field(default_factory=lambda: bundled("templates"))
    hosts: str = ""
    proxies: str = "127.0.0.1"
    idle_minutes: int = 120
    session_hours: int = 12
    lockout_attempts: int = 5
    lockout_minutes: int = 15
    address_attempts: int = 30
    password_length: int = 10
    upload_megabytes: int = 10
    old_draft_days: int = 7

    @property
    def is_postgres(self) -> bool:
        """Whether the record stands in PostgreSQL."""
        return self.database.startswith(("postgres://", "postgresql://"))

    @property
    def photos_folder(self) -> Path:
        """The folder of the pictures: the one named, else beside the file of the record, else `data/photos`."""
        if self.photos:
            return Path(self.photos)
        return Path("data/photos") if self.is_postgres else Path(self.database).with_suffix(".photos")


class WrongSetting(ValueError):  # noqa: N818 - named for the person who reads it
    """A setting that cannot be read; the message names the variable and shows an example, in both languages."""


def _read(kind: object, name: str, text: str) -> object:
    """Return `text` as a value of the type `kind`."""
    if kind is bool:
        if text.lower() not in {"0", "1", "true", "false"}:
            raise _wrong(name, text, "请填 1 或 0", "write 1 or 0", "1")
        return text.lower() in {"1", "true"}
    if kind is int:
        most = LAST_PORT if name.endswith("PORT") else LARGEST
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
            raise _wrong(name, text, f"请填 1 到 {most} 的整数", f"write a whole number from 1 to {most}", "15")
        return int(text)
    if kind is Path and not Path(text).is_dir():
        raise _wrong(name, text, "没有这个文件夹", "there is no such folder", "/srv/redproperty/rules")
    return Path(text) if kind is Path else text


def _wrong(name: str, text: str, zh: str, en: str, example: str) -> WrongSetting:
    return WrongSetting(f"{name}={text!r}：{zh}，例如 {name}={example} · {en}, for example {name}={example}")


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that the environment asks for.

    Raises:
        WrongSetting: a value cannot be read, or a variable of ours is not known.
    """
    known = {PREFIX + entry.name.upper(): entry for entry in fields(Settings)}
    given = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
    if unknown := sorted(given.keys() - known.keys()):
        raise WrongSetting(f"{unknown[0]}：没有这个设置 · no such setting; {', '.join(sorted(known))}")
    return Settings(**{known[name].name: _read(known[name].type, name, text) for name, text in given.items()})  # type: ignore[arg-type]


def language(environ: Mapping[str, str] = os.environ) -> Literal["zh", "en"]:
    """Return the language of the person at the console: English where the locale says so, else Chinese."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "en" if locale.lower().startswith("en") else "zh"
