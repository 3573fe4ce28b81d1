"""Printed text as a terminal would show it."""

from __future__ import annotations

import re

from notebook_reports.report.markup import size_text

MOST_TEXT = 200_000
"""Characters of one printed text that are kept: about a hundred pages of paper."""

_MOST_PLAYED = 2_000_000
_MOST_COLUMNS = 2_000
_SCREEN_LINES = 200
"""Lines that an order reaches; what has scrolled off a terminal's screen stays as it is."""

_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """Put the sign of a missing character in place of halves, which no file can hold."""
    return _HALF_A_CHARACTER.sub("\ufffd", text)


def said(text: str, most: int = MOST_TEXT) -> str:
    """Return a printed text as a terminal shows it at the end, cut where it is too long.

    Parameters
    ----------
    text : str
        As it was printed.
    most : int
        Characters that are kept.

    Returns
    -------
    str
        Text without control characters other than tabs and line ends.
    """
    if len(text) > 2 * _MOST_PLAYED:
        ends = [_played(text[:_MOST_PLAYED]), _played(text[-_MOST_PLAYED:])]
        length = len(text)
    else:
        ends = [_played(text)]
        length = len(ends[0])
        if length <= most:
            return ends[0]
    half = most // 2 - 100
    first, last = ends[0][:half], ends[-1][-half:]
    first = first[: first.rfind("\n") + 1] or first
    last = last[last.find("\n") + 1 :] or last
    return f"{first}{notice(length - len(first) - len(last), 'output')}{last}"


def notice(count: int, what: str) -> str:
    """Say how much isn't shown."""
    return f"\n[… {size_text(count)} of {what} left out here …]\n"


_LINE_END = re.compile(r"\r\n|[\x0b\x0c]")
_MUTED = re.compile(
    r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # the terminal's title, links
    r"|\x1b[PX^_][^\x1b\n]*(?:\x1b\\)?"  # strings to a device
    r"|\x1b\[(?![\d;]*[A-HJKf])[0-?]*[ -/]*[@-~]?"  # colours
    r"|\x1b(?!\[)[ -/]*[0-~]?"
    r"|[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
)
"""What moves no cursor goes at once, for there may be very much of it."""
_CODE = re.compile(r"\x1b\[(?P<numbers>[\d;]*)(?P<order>[A-HJKf])|(?P<sign>[\r\n\b])")
_ANY = re.compile("[\r\b\x1b]")


def _played(text: str) -> str:
    """Return what stands on the screen after a text with orders to the cursor was printed."""
    text = _MUTED.sub("", _LINE_END.sub("\n", whole(text)))
    if not _ANY.search(text):
        return text
    screen, end = _Screen(), 0
    for found in _CODE.finditer(text):
        screen.write(text[end : found.start()])
        end = found.end()
        if found["sign"]:
            screen.move(found["sign"])
        else:
            screen.obey(found["order"], found["numbers"])
    screen.write(text[end:])
    return "\n".join(map("".join, screen.lines))


class _Screen:
    """Lines and a cursor: as much of a terminal as progress bars use.

    A line is a list of characters, so that an order costs no more than what it changes.
    """

    def __init__(self) -> None:
        self.lines: list[list[str]] = [[]]
        self._row = self._column = 0
        self._blank = 0  # so many characters of the cursor's line are known to be blank

    def write(self, text: str) -> None:
        """Write over what stands at the cursor."""
        if not text:
            return
        line = self.lines[self._row]
        if len(line) < self._column:
            line += " " * (self._column - len(line))
        self._blank = min(self._blank, self._column)
        line[self._column : self._column + len(text)] = text
        self._column += len(text)

    def move(self, sign: str) -> None:
        """Go to the start of the line, one back, or to the next line."""
        if sign == "\n":
            self._go(self._row + 1)
        self._column = max(0, self._column - 1) if sign == "\b" else 0

    def _go(self, row: int) -> None:
        """Go to a line, not above the part of the text that a screen shows at once."""
        row = max(row, len(self.lines) - _SCREEN_LINES, 0)
        if row != self._row:
            self._row, self._blank = row, 0
        self.lines += ([] for _ in range(row + 1 - len(self.lines)))

    def obey(self, order: str, numbers: str) -> None:
        """Follow an order with its numbers; unknown orders change nothing."""
        given = [int(n[:6]) if n.isdigit() else 0 for n in numbers.split(";")]
        n = given[0]
        line = self.lines[self._row]
        last = len(self.lines) - 1
        if order in "ABEF":
            step = max(1, n) if order in "BE" else -max(1, n)
            self._go(min(self._row + step, last))
            self._column = 0 if order in "EF" else self._column
        elif order in "CDG":
            target = {"C": self._column + max(1, n), "D": self._column - max(1, n)}
            self._column = min(max(0, target.get(order, n - 1)), max(_MOST_COLUMNS, self._column))
        elif order in "Hf":
            top = max(0, last + 1 - _SCREEN_LINES)
            self._go(top + min(max(1, n), _SCREEN_LINES) - 1)
            self._column = min(max(1, *given[1:2], 1), _MOST_COLUMNS) - 1
        elif order == "K" and n == 0:
            del line[self._column :]
        elif order in "KJ" and n == 1:
            if order == "J":
                for above in self.lines[max(0, last + 1 - _SCREEN_LINES) : self._row]:
                    above.clear()
            end = min(self._column + 1, len(line))
            line[self._blank : end] = " " * (end - self._blank)
            self._blank = max(self._blank, end)
        elif order == "K":
            line.clear()
        elif order == "J" and n == 0:
            del line[self._column :], self.lines[self._row + 1 :]
        elif order == "J":
            self.lines, self._row, self._column, self._blank = [[]], 0, 0, 0
