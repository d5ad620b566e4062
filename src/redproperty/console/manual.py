"""The manual at the console: a page by its name, the index, or the whole of it into a file."""

import argparse
import re
from collections.abc import Iterator
from itertools import groupby
from unicodedata import east_asian_width

from redproperty.console.record import DONE
from redproperty.domain.faults import suggest
from redproperty.domain.texts import Lang, Refused, Text


def show(options: argparse.Namespace, lang: Lang) -> int:
    """Print the pages of a name, or the index; with `--write` put everything into a file instead.

    Raises:
        Refused: no page is called so.
    """
    from redproperty.manual.pages import index, named, pages, whole

    if options.write is not None:
        options.write.write_text(whole(lang), encoding="utf-8")
        return DONE
    if options.kind is None:
        chapters = [f"- {one.title}: `{one.path}`" for one in pages(lang) if "/" not in one.path]
        print("\n".join([*chapters, "", index(lang)]))
        return DONE
    found = named(options.kind, lang)
    if not found:
        none = Text("手册里没有“{word}”", "The manual has no “{word}”").fill(word=options.kind)
        known = sorted({one.path.rpartition("/")[2] for one in pages(lang)})
        raise Refused(suggest(none, options.kind, known, alike=0.7))
    print("\n".join(_aligned(f"# {one.title} ({one.path})\n\n{one.markdown}") for one in found).rstrip())
    return DONE


def _aligned(markdown: str) -> str:
    """Return Markdown whose tables stand in columns on a terminal, where a Chinese sign is two wide."""
    lines: list[str] = []
    for table, run in groupby(markdown.splitlines(), key=lambda line: line.startswith("|")):
        rows = list(run)
        lines += _columns([re.split(r"(?<!\\) ?\| ?", line)[1:-1] for line in rows]) if table else rows
    return "\n".join(lines)


def _columns(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        filled = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        rule = row[0] == "---"
        yield "  ".join("-" * width for width in widths) if rule else "  ".join(filled).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
