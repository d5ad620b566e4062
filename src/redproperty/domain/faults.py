"""What is wrong with an edition of the rules, said with the path to the key that has to be mended.

A path is the way from the top of a file to the key: `("categories", 2, "items", 0, "full")`. The store turns it into
file, line and column.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from redproperty.domain.texts import Text

Path = tuple[str | int, ...]
Fault = tuple[Path, Text]


def under(prefix: Path, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the faults of a part as faults of the whole that holds it at `prefix`."""
    for path, text in faults:
        yield (*prefix, *path), text


def based(path: Path, basis: Text) -> Iterator[Fault]:
    """Yield a fault where an item or a rule at `path` does not say on what it rests."""
    if not basis.zh.strip():
        text = Text("缺少依据；自拟的请写“示例”", "the basis is missing; write 示例 (example) where invented")
        yield (*path, "basis"), text


def suggest(text: Text, word: str, known: Iterable[str], *, alike: float = 0.5) -> Text:
    """Return `text` with the known word that is nearest to the one written, where one is `alike` enough (of 1)."""
    near = get_close_matches(word, list(known), n=1, cutoff=alike)
    if not near:
        return text
    return Text(f"{text.zh}，是否想写“{near[0]}”？", f"{text.en}; did you mean “{near[0]}”?")


def repeated(names: Iterable[tuple[Path, str]]) -> Iterator[Fault]:
    """Yield a fault for every name that was used before; `names` are pairs of path and name, in order."""
    seen: set[str] = set()
    for path, name in names:
        if name in seen:
            yield path, Text("代码“{name}”重复", "code “{name}” is used twice").fill(name=name)
        seen.add(name)
