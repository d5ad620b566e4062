"""The manual's Markdown as HTML: headings, paragraphs, lists, code, tables and links, everything else escaped."""

import re
from collections.abc import Iterator
from html import escape

_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)|<a id=\"[\w-]+\"></a>")
_ITEM = re.compile(r"(?:- |\d+\. )(.*)")
_SAFE = re.compile(r"(/|#|https?://)")


def to_html(markdown: str) -> str:
    """Return the HTML of a page; nothing in it can be markup that the manual did not mean."""
    return "\n".join(_blocks(markdown.splitlines()))


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        end = at + 1
        if line.startswith("```"):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("```")), len(lines))
            yield _code(line, lines[at + 1 : end])
            end += 1
        elif line.startswith("#"):
            yield _heading(line)
        elif line.startswith("|"):
            end = _while(lines, at, "|")
            yield _table(lines[at:end])
        elif _ITEM.match(line):
            end = next((n for n in range(at, len(lines)) if not _ITEM.match(lines[n])), len(lines))
            tag = "ul" if line.startswith("-") else "ol"
            yield f"<{tag}>{''.join(_item(one) for one in lines[at:end])}</{tag}>"
        elif line.strip() and not line.startswith("<!--"):
            end = next((n for n in range(at, len(lines)) if not _prose(lines[n])), len(lines))
            yield f"<p>{_inline(' '.join(lines[at:end]))}</p>"
        at = end


def _while(lines: list[str], at: int, start: str) -> int:
    return next((n for n in range(at, len(lines)) if not lines[n].startswith(start)), len(lines))


def _prose(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("```", "#", "|", "<!--")) and not _ITEM.match(line)


def _code(fence: str, lines: list[str]) -> str:
    file = fence.removeprefix("```").partition(" ")[2].strip()
    caption = f"<figcaption>{escape(file)}</figcaption>" if file else ""
    code = escape("\n".join(lines))
    return f'<figure class="code-block">{caption}<pre tabindex="0"><code>{code}</code></pre></figure>'


def _heading(line: str) -> str:
    level = len(line) - len(line.lstrip("#"))
    return f"<h{level}>{_inline(line[level:].strip())}</h{level}>"


def _item(line: str) -> str:
    found = _ITEM.match(line)
    return f"<li>{_inline(found[1] if found else line)}</li>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    heads, body = rows[0], rows[2:]
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in heads)
    told = "".join("<tr>" + "".join(_cell(n, cell, heads) for n, cell in enumerate(row)) + "</tr>" for row in body)
    table = f"<thead><tr>{head}</tr></thead><tbody>{told}</tbody>"
    return f'<div class="scroll"><table class="cards manual">{table}</table></div>'


def _cell(number: int, cell: str, heads: list[str]) -> str:
    if number == 0 and not heads[0].startswith("`"):  # a row of figures has no name of its own
        return f'<td class="name full">{_inline(cell)}</td>'
    plain = heads[number].replace("`", "")
    return f'<td class="full" data-th="{escape(plain, quote=True)}">{_inline(cell)}</td>'


def _inline(text: str) -> str:
    parts, at = [], 0
    for found in _INLINE.finditer(text):
        parts += [escape(text[at : found.start()]), _marked(found)]
        at = found.end()
    return "".join([*parts, escape(text[at:])])


def _marked(found: re.Match[str]) -> str:
    code, bold, label, target = found.groups()
    if code is not None:
        return f"<code>{escape(code)}</code>"
    if bold is not None:
        return f"<b>{_inline(bold)}</b>"
    if label is None:
        return ""
    if not _SAFE.match(target):
        return escape(label)
    return f'<a href="{escape(target, quote=True)}">{_inline(label)}</a>'
