"""What is wrong with an edition of the rules, said with the path to the key that has to be mended.

A path is the way from the top of a file to the key: `("categories", 2, "items", 0, "full")`. The store turns it into
file, line and column.
"""

from collections.abc import Iterable, Iterator

from redproperty.domain.texts import Text

Path = tuple[str | int, ...]
Fault = tuple[Path, Text]


def under(prefix: Path, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the faults of a part as faults of the whole that holds it at `prefix`."""
    for path, text in faults:
        yield (*prefix, *path), text


def repeated(names: Iterable[tuple[Path, str]]) -> Iterator[Fault]:
    """Yield a fault for every name that was used before; `names` are pairs of path and name, in order."""
    seen: set[str] = set()
    for path, name in names:
        if name in seen:
            yield path, Text("代码“{name}”重复", "code “{name}” is used twice").fill(name=name)
        seen.add(name)
