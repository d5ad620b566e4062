"""JSON Schema of the files of an edition, written into a folder for editors."""

import argparse
import json
from pathlib import Path

from redproperty.console.record import DONE
from redproperty.domain.texts import Lang, Text

_WROTE = Text("已写入 {files}", "Wrote {files}")
_HOW = Text(
    "在规则文件第一行写（路径按所在文件夹改），编辑器即可补全并标出错误：",
    "On the first line of a rule file (with the path as it is from there) it makes editors complete and underline:",
)


def write(options: argparse.Namespace, lang: Lang) -> int:
    """Write one schema a file into the folder asked for, and say how an editor is told of it."""
    from redproperty.manual.schema import schemas

    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for stem, schema in schemas(lang).items():
        names.append(f"{stem}.schema.json")
        text = json.dumps(schema, ensure_ascii=False, indent=1)
        (folder / names[-1]).write_text(text + "\n", encoding="utf-8")
    print(_WROTE.fill(files=", ".join(str(folder / name) for name in names)).say(lang))
    print(f"{_HOW.say(lang)}\n# yaml-language-server: $schema={(folder / 'rating.schema.json').resolve().as_posix()}")
    return DONE
