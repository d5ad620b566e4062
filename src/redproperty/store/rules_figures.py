"""The figures of rule files in memory: found with their places by the types of the structs, and written back there.

Nothing but the digits changes, so comments and the way a file is written stay.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import yaml

from redproperty.domain.faults import Path
from redproperty.domain.figures import (
    GROUPS,
    MOST_STARS,
    NAMES_OR_FORM,
    NOT_TRIED,
    ORDINAL,
    UPPER,
    WORDS,
    Figure,
    Place,
)
from redproperty.domain.packs import Pack
from redproperty.domain.stars import star_words
from redproperty.domain.texts import Text
from redproperty.store.rules_structs import NUMBER, Reader, hints_of
from redproperty.store.rules_yaml import compose

TRIED: Final = {"rating.yaml": "rating", "subsidy.yaml": "subsidy", "sheet.yaml": "sheet"}  # file → field of `Pack`
LONGEST: Final = 20
_POINTS_TO: Final = ("of", "fact", "figure", "veto")  # keys by which an entry names what it is about
_UNCOUNTED: Final = frozenset({"stages", "items", "categories"})  # their entries are told by what stands in them


class _Finder(Reader):
    """Reads a file as usual and notes every number on the way."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.numbers: dict[Path, yaml.ScalarNode] = {}

    def _scalar(self, node: yaml.Node, hint: Any, path: Path) -> Any:
        if hint in {int, Decimal} and isinstance(node, yaml.ScalarNode) and NUMBER.fullmatch(node.value):
            self.numbers[path] = node
        return super()._scalar(node, hint, path)


def figures(texts: Mapping[str, str]) -> tuple[Figure, ...]:
    """Return the figures of the rule files in `texts`, group by group; a file that is no YAML has none."""
    return _read(tuple((name, texts[name]) for name in TRIED if name in texts))


@lru_cache(maxsize=8)  # a page asks for those of the edition and those of the what-if each time it is shown
def _read(texts: tuple[tuple[str, str], ...]) -> tuple[Figure, ...]:
    nodes = {name: compose(name, text.encode()) for name, text in texts}
    read = {name: node for name, node in nodes.items() if isinstance(node, yaml.Node)}
    names = dict(pair for node in read.values() for pair in _named(node))
    found = [one for name in TRIED if name in read for one in _figures(name, read[name], names)]
    order = {group: place for place, group in enumerate(GROUPS.values())}
    return tuple(sorted(found, key=lambda one: order.get(one.group, len(order))))


def _figures(file: str, root: yaml.Node, names: Mapping[str, Text]) -> Iterator[Figure]:
    finder, field = _Finder(file), TRIED[file]
    finder.read(root, hints_of(Pack)[field])
    keys = {id(key) for key in _keys(root)}
    numbers = {
        path: node
        for path, node in finder.numbers.items()
        if id(node) not in keys and path[-1] not in NAMES_OR_FORM and not NOT_TRIED & set(path)
    }
    shared = {theirs: own for own, theirs in _edges(numbers)}
    for path, node in numbers.items():
        if path in shared:
            continue
        also = [numbers[theirs] for theirs, own in shared.items() if own == path]
        steps = tuple(_walked(root, path))
        yield Figure(
            name=".".join([field, *map(str, path)]),
            file=file,
            group=_group(field, path, steps),
            title=_title(path, steps, names),
            word=_word(path, names),
            value=node.value,
            places=tuple(sorted((_place(one) for one in (node, *also)), key=lambda place: place.start)),
        )


def _edges(numbers: Mapping[Path, yaml.ScalarNode]) -> Iterator[tuple[Path, Path]]:
    """Yield (lower end, upper end) of neighbours in one list that meet at the same number."""
    lower = {
        (path[:-2], path[-1], Decimal(node.value)): path
        for path, node in numbers.items()
        if len(path) > 1 and path[-1] in UPPER.values() and isinstance(path[-2], int)
    }
    for path, node in numbers.items():
        if len(path) > 1 and path[-1] in UPPER and isinstance(path[-2], int):
            own = lower.get((path[:-2], UPPER[str(path[-1])], Decimal(node.value)))
            if own is not None and own[:-1] != path[:-1]:
                yield own, path


def _place(node: yaml.ScalarNode) -> Place:
    quoted = 1 if node.style in {"'", '"'} else 0
    return Place(node.start_mark.index + quoted, node.end_mark.index - quoted, node.start_mark.line + 1)


def _walked(root: yaml.Node, path: Path) -> Iterator[dict[str, yaml.Node]]:
    """Yield the pairs of every mapping on the way to a key, empty for a list."""
    node = root
    for key in path:
        pairs = _pairs(node)
        yield pairs
        node = node.value[key] if isinstance(key, int) else pairs[key]


def _group(field: str, path: Path, steps: tuple[dict[str, yaml.Node], ...]) -> Text:
    if field == "sheet" and len(steps) > 2:  # noqa: PLR2004 - the category stands below the list of them
        return _text(steps[2].get("title")) or GROUPS[field]
    ways = (".".join([field, *map(str, path[:depth])]) for depth in (2, 1))
    return next((GROUPS[way] for way in ways if way in GROUPS), GROUPS[field])


def _title(path: Path, steps: tuple[dict[str, yaml.Node], ...], names: Mapping[str, Text]) -> Text:
    """Return the titles of all that the figure stands in; an entry without one is called by what it is about."""
    crumbs: list[Text] = []
    for depth, pairs in enumerate(steps[1:], start=1):
        listed = isinstance(path[depth - 1], int)
        told = _called(pairs, names) if listed or depth > 1 or "title" in pairs else None
        if told is None and listed and pairs and path[depth - 2] not in _UNCOUNTED:
            told = _ordinal(steps[depth - 2], path, depth)
        if told is not None and told not in crumbs:
            crumbs.append(told)
    if not crumbs:
        return _raw(path[-1] if len(path) == 1 else path[-2])
    kept = crumbs[1:] if path[0] == "categories" and len(crumbs) > 1 else crumbs  # the group says the category
    return Text(" › ".join(one.zh for one in kept), " › ".join(one.en for one in kept))


def _ordinal(around: Mapping[str, yaml.Node], path: Path, depth: int) -> Text | None:
    """Return which of several entries it is."""
    entries = around.get(str(path[depth - 2]))
    several = isinstance(entries, yaml.SequenceNode) and len(entries.value) > 1
    return ORDINAL.fill(n=int(path[depth - 1]) + 1) if several else None


def _called(pairs: Mapping[str, yaml.Node], names: Mapping[str, Text]) -> Text | None:
    if "rule" in pairs:
        return _called(_pairs(pairs["rule"]), names)
    title, code = _text(pairs.get("title")), _scalar(pairs.get("code"))
    if title is not None:
        return Text(f"{code} {title.zh}", f"{code} {title.en}") if code else title
    star = _scalar(pairs.get("star"))
    if star:
        return star_words(int(star)) if star.isdecimal() else Text(star, star)
    said = next((word for key in _POINTS_TO if (word := _scalar(pairs.get(key)))), None)
    return None if said is None else names.get(said, Text(said, said))


def _word(path: Path, names: Mapping[str, Text]) -> Text:
    last, before = path[-1], path[-2] if len(path) > 1 else ""
    if isinstance(last, int):
        return Text("{w} {n}", "{w} {n}").fill(w=_raw(before), n=last + 1)
    if last == "at_most" and path[0] == "stars" and not {"when", "cutoffs"} & set(path):
        return MOST_STARS
    if last in WORDS:
        return WORDS[last]
    told = names.get(last, Text(last, last))
    return Text("{w} {t}", "{w} {t}").fill(w=WORDS[str(before)], t=told) if before in WORDS else told


def _raw(key: object) -> Text:
    return WORDS.get(str(key), Text(str(key), str(key)))


def _named(node: yaml.Node) -> Iterator[tuple[str, Text]]:
    """Yield name and title of everything in a file that has both."""
    pairs = _pairs(node)
    title = _text(pairs.get("title"))
    for key in ("name", "code"):
        if title is not None and (said := _scalar(pairs.get(key))):
            yield said, title
    for child in (*pairs.values(), *(node.value if isinstance(node, yaml.SequenceNode) else ())):
        yield from _named(child)


def _keys(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield from _keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _keys(part)


def _pairs(node: yaml.Node) -> dict[str, yaml.Node]:
    return {str(key.value): value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _scalar(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _text(node: yaml.Node | None) -> Text | None:
    pairs = {} if node is None else _pairs(node)
    zh, en = _scalar(pairs.get("zh")), _scalar(pairs.get("en"))
    return Text(zh, en or zh) if zh else None


def written(texts: Mapping[str, str], known: tuple[Figure, ...], typed: Mapping[str, str]) -> dict[str, str]:
    """Return the files with the figures that were typed in their places; each must be a number."""
    new = dict(texts)
    spots = [
        (one.file, place, typed[one.name])
        for one in known
        if typed.get(one.name, one.value) != one.value
        for place in one.places
    ]
    for file, place, value in sorted(spots, key=lambda spot: spot[1].start, reverse=True):
        new[file] = new[file][: place.start] + value + new[file][place.end :]
    return new


def is_number(value: str) -> bool:
    """Whether what was typed can stand as a figure."""
    return len(value) <= LONGEST and NUMBER.fullmatch(value) is not None
