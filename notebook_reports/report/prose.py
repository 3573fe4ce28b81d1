"""Markdown as HTML: tables as GitHub reads them, formulas as MathML, items that are ticked."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element, tostring

import mistune
from mistune.plugins.footnotes import parse_inline_footnote, parse_ref_footnote
from mistune.plugins.task_lists import task_lists

UNREADABLE = "unreadable-formula"
"""Class of the code that stands for a formula which could not be read."""

_PLUGINS = ("table", "strikethrough", "footnotes")


@cache
def computed() -> mistune.Markdown:
    """Return the renderer of computed prose: raw HTML in it is shown, not obeyed."""
    return mistune.create_markdown(
        renderer=_Renderer(escape=True), plugins=[*_PLUGINS, task_lists, _house]
    )


@cache
def written() -> mistune.Markdown:
    """Return the renderer of narrative Markdown, whose author may write HTML."""
    return mistune.create_markdown(
        renderer=_Renderer(escape=False, allow_harmful_protocols=["attachment:"]),
        plugins=[*_PLUGINS, "def_list", "url", task_lists, _house],
    )


class _Renderer(mistune.HTMLRenderer):
    """The library's renderer, with a refused link as its author wrote it: it leads nowhere."""

    def sanitize_url(self, url: str) -> str:
        """Return an address, one that runs or opens something as a place in the page."""
        clean = super().sanitize_url(url)
        return clean if clean == url else f"#{url}"


def latex(text: str) -> str:
    """Return the text of a ``text/latex`` output as HTML: its formulas as MathML, the rest plain.

    Parameters
    ----------
    text : str
        Words with formulas between the delimiters of LaTeX or of TeX.
    """
    parts, end = [], 0
    for found in _DELIMITED.finditer(text):
        tex, display = _content(found)
        parts += [escape(text[end : found.start()]), formula(tex, display=display)]
        end = found.end()
    return "".join([*parts, escape(text[end:])]).strip()


def formula(tex: str, *, display: bool = False) -> str:
    """Return a formula as MathML.

    Parameters
    ----------
    tex : str
        LaTeX without delimiters.
    display : bool
        Stand on a line of its own.

    Returns
    -------
    str
        The formula, or its source as code of the class :data:`UNREADABLE` where LaTeX or one of
        its commands isn't understood.
    """
    from latex2mathml.converter import convert_to_element  # few reports have a formula

    source = _SAME.sub(_known, _NUMBERING.sub("", tex)).strip()
    try:
        math = convert_to_element(source, display="block" if display else "inline")
    except Exception:  # the library has no root of its errors and lets an IndexError through
        math = None
    if math is None or not _is_whole(math):
        return f'<code class="{UNREADABLE}">{escape(tex.strip())}</code>'
    math.set("alttext", source)  # where MathML isn't known, as on paper
    # Its text holds references to characters, which stay what they are.
    return tostring(math, encoding="unicode").replace("&amp;#x", "&#x")


_NUMBERING = re.compile(r"\\label\s*\{[^{}]*\}|\\(?:nonumber|notag)\b")
_SAME = re.compile(
    r"\\(begin|end)\{((?:gather|multline)(?:ed)?|eqnarray|flalign|align(?:ed|at|edat|(?=\*)))\*?\}"
    r"(?:\{\d+\}|\[[bct]\])?"
)
"""Environments that the library doesn't know; it would run their lines and columns together."""


def _known(found: re.Match[str]) -> str:
    r"""Name the start or the end of an environment as one of the same look that is known."""
    kind = "matrix" if found[2][0] in "gm" else "array" if found[2] == "eqnarray" else "align*"
    columns = "{rcl}" if (kind, found[1]) == ("array", "begin") else ""
    return f"\\{found[1]}{{{kind}}}{columns}"


_CHILDREN = {
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
_ESCAPED = re.compile(r"\\([&%$#_{}])")


def _is_whole(math: Element) -> bool:
    """Mend what the library writes of MathML that isn't; tell whether it understood the formula."""
    for part in math.iter():
        if part.tag in {"mi", "mn", "mo", "mtext"} and len(part):
            part.tag = "mrow"
        if part.tag == "mtext" and part.text:
            part.text = _ESCAPED.sub(r"\1", part.text)
        # It writes what it doesn't know as if it were a variable, and a line's end that is
        # nowhere in a table as a space that browsers don't break at.
        if part.text and (part.text in {"&", "}"} or "\\" in part.text):
            return False
        if part.tag == "mspace" and "linebreak" in part.attrib:
            return False
        if len(part) != _CHILDREN.get(part.tag, len(part)):
            return False
        needed = part[0 if part.tag == "mfrac" else 1 :] if part.tag in _CHILDREN else []
        if any(not len(child) and not child.text for child in needed):
            return False
    return True


_ENVIRONMENT = r"\\begin\{{(?P<{0}>[a-z]+\*?)\}}[\s\S]+?\\end\{{(?P={0})\}}"
_DELIMITED = re.compile(
    r"\$\$(?P<a>[^$]+)\$\$|\\\[(?P<b>[\s\S]+?)\\\]|\\\((?P<c>[\s\S]+?)\\\)|(?P<d>"
    + _ENVIRONMENT.format("e")
    + r")|\$(?P<f>(?:[^$\\]|\\.)+)\$"
)


def _content(found: re.Match[str]) -> tuple[str, bool]:
    """Return a formula without its delimiters and whether it stands on its own line."""
    parts = found.groupdict()
    tex = parts["a"] or parts["b"] or parts["d"]
    return (tex, True) if tex else (parts["c"] or parts["f"], False)


def _house(md: mistune.Markdown) -> None:
    """Read tables, formulas and ticked items in our way; a plugin of mistune."""
    md.block.register("table", _TABLE, _parse_table, before="paragraph")
    md.block.rules.remove("nptable")
    for rules in (md.block.list_rules, md.block.block_quote_rules):
        md.block.insert_rule(rules, "table", before="paragraph")
    md.block.register("formula", _BLOCK_FORMULA, _parse_block_formula, before="list")
    md.inline.register("inline_formula", _INLINE_FORMULA, _parse_inline_formula, before="escape")
    md.block.register("ref_footnote", _NOTE, parse_ref_footnote)
    md.inline.register("footnote", _NOTE_MARK, parse_inline_footnote)
    if md.renderer and md.renderer.NAME == "html":
        md.renderer.register("block_formula", _render_block_formula)
        md.renderer.register("inline_formula", _render_inline_formula)
        md.renderer.register("task_list_item", _render_task)


# Notes. mistune takes a note whose name has a space for a link to the note's first word.

_NAME = r"(?P<footnote_key>(?:[^\\\[\]\n]|\\.){1,500})"
_NOTE = (
    rf"^(?P<footnote_lead> {{0,4}})\[\^{_NAME}]:[ \t\n](?P<footnote_text>[^\n]*(?:\n+|$)"
    r"(?:(?P=footnote_lead) {1,4}(?! )[^\n]*\n+)*)"
)
_NOTE_MARK = rf"\[\^(?![^\]\n]*\s[^\]\n]*\]\(){_NAME}\]"


# Tables. mistune takes a table for text as soon as one row is shorter or longer than the header.

_TABLE = r"^ {0,3}(?=\S)[^\n]*\|[^\n]*\n {0,3}(?=[|:-])(?=[^\n]*\|)(?=[^\n]*-)[|: \t-]+(?:\n|$)"
_OTHER_BLOCK = re.compile(r"\s*$| {0,3}(?:>|#{1,6}\s|[-+*]\s|\d{1,9}[.)]\s|```|~~~|<[a-zA-Z/!])")
_IN_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_PIPE = re.compile(r"(?<!\\)\|")


def _cells(line: str, width: int) -> list[str]:
    """Split a row; a pipe in code belongs to the code where there would be a cell too many."""
    line = re.sub(r"^\|", "", line.strip())
    line = re.sub(r"(?<!\\)\|$", "", line)
    if len(_PIPE.findall(line)) >= width:
        line = _IN_CODE.sub(lambda code: _PIPE.sub(r"\\|", code[0]), line)
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(line)]


def _parse_table(block: Any, found: re.Match[str], state: Any) -> int | None:
    """Read a table by the rules of GitHub: a row has as many cells as the header."""
    header, line = found[0].splitlines()[:2]
    marks = _cells(line, len(line))
    heads = _cells(header, len(marks))
    if len(heads) != len(marks) or not all(re.fullmatch(":?-+:?", mark) for mark in marks):
        return None
    aligns = [_ALIGN[mark[0] == ":", mark[-1] == ":"] for mark in marks]
    position, rows = found.end(), []
    while position < state.cursor_max:
        line = state.get_line(position)
        if _OTHER_BLOCK.match(line):
            break
        rows.append([*_cells(line, len(marks)), *[""] * len(marks)][: len(marks)])
        position += len(line)
    body = [{"type": "table_row", "children": _tokens(row, aligns)} for row in rows]
    head = {"type": "table_head", "children": _tokens(heads, aligns, head=True)}
    children = [head, {"type": "table_body", "children": body}] if body else [head]
    state.append_token({"type": "table", "children": children})
    return position


_ALIGN = {
    (False, False): None,
    (True, False): "left",
    (False, True): "right",
    (True, True): "center",
}


def _tokens(cells: list[str], aligns: list[str | None], *, head: bool = False) -> list[Any]:
    """Return the cells of a row as mistune's tokens."""
    return [
        {"type": "table_cell", "text": text, "attrs": {"align": align, "head": head}}
        for text, align in zip(cells, aligns, strict=True)
    ]


# Formulas. Dollars are money more often than not, so prose between two of them is no formula.

_BLOCK_FORMULA = (
    r"^ {0,3}(?:\$\$(?P<block_tex>[^$]+)\$\$|\\\\\[(?P<block_latex>[\s\S]+?)\\\\\]|(?P<block_env>"
    + _ENVIRONMENT.format("block_env_name")
    + r"))[ \t]*(?:\n|$)"
)
_INLINE_FORMULA = (
    r"\$\$(?P<display_tex>[^$]+)\$\$|\\\\\[(?P<display_latex>[\s\S]+?)\\\\\]"
    r"|\\\\\((?P<inline_latex>[\s\S]+?)\\\\\)"
    r"|(?<![\w$])\$ (?P<apart>[^\d$`\s][^$`\n]*[\w)}\]]) \$(?![\d$]|\ \d)"
    r"|(?<![\w$])\$(?![\s$])(?P<inline_tex>(?:[^$\\`]|\\[\s\S])+?)(?<![\s(\[])\$(?![\d$])"
)
_COMMAND = re.compile(r"\\[A-Za-z]+\*?(?:\s*\{[^{}]*\})?")
_WORD = re.compile(r"[^\W\d_]{2,}")


def _is_prose(tex: str) -> bool:
    """Tell whether what stands between two dollars reads as words, as of two amounts of money."""
    plain = _COMMAND.sub("\\\\", tex)
    if re.match(r"\d", plain) and _WORD.search(plain):
        return True
    return any(
        plain[a.end() : b.start()].strip(" \n,;") == "" for a, b in pairwise(_WORD.finditer(plain))
    )


def _parse_block_formula(block: Any, found: re.Match[str], state: Any) -> int:
    tex = found["block_tex"] or found["block_latex"] or found["block_env"]
    state.append_token({"type": "block_formula", "raw": tex})
    return found.end()


def _parse_inline_formula(inline: Any, found: re.Match[str], state: Any) -> int | None:
    dollars = found["inline_tex"] or found["apart"]
    if dollars and _is_prose(dollars):
        return None
    # Between spaces only what has a sign of mathematics is a formula.
    if found["apart"] and not re.search(r"[\\^_=+<>]", found["apart"]):
        return None
    display = found["display_tex"] or found["display_latex"]
    tex = display or dollars or found["inline_latex"]
    state.append_token({"type": "inline_formula", "raw": tex, "attrs": {"display": bool(display)}})
    return found.end()


def _render_block_formula(renderer: Any, tex: str) -> str:
    return f"<p>{formula(tex, display=True)}</p>\n"


def _render_inline_formula(renderer: Any, tex: str, display: bool) -> str:
    return formula(tex, display=display)


def _render_task(renderer: Any, text: str, checked: bool = False) -> str:
    """Return an item with its tick as a sign that is named: nothing on a page can be filled in."""
    name, sign = ("done", "☑") if checked else ("to do", "☐")
    mark = f'<span role="img" aria-label="{name}">{sign}</span> '
    start = "<p>" if text.startswith("<p>") else ""
    return f"<li>{start}{mark}{text.removeprefix(start)}</li>\n"
