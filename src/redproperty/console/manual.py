"""The manual at the console: a page by its name, the index, or the whole of it into a file."""

import argparse

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
        raise Refused(suggest(none, options.kind, sorted({one.path.rpartition("/")[2] for one in pages(lang)})))
    print("\n".join(f"# {one.title} ({one.path})\n\n{one.markdown}" for one in found).rstrip())
    return DONE
