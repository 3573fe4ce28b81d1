"""Words that several reports use, each written in one way."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from notebook_reports.evidence.numbers import format_value


def level(confidence: float) -> str:
    """Write the level of an interval, never rounded.

    Parameters
    ----------
    confidence : float
        Level from 0 to 1.

    Examples
    --------
    >>> level(0.95), level(0.975), level(0.999)
    ('95%', '97.5%', '99.9%')
    """
    return f"{100 * confidence:g}%"


def day(date: dt.date | None) -> str:
    """Write a date; "not stated" for none.

    Examples
    --------
    >>> day(dt.date(2018, 9, 3))
    '3 September 2018'
    """
    # Not by %-d, which not every C library knows.
    return "not stated" if date is None else f"{date.day} {date:%B %Y}"


def percent(share: float, decimals: int = 1) -> str:
    """Write a share from 0 to 1 as a percentage.

    Examples
    --------
    >>> percent(0.448)
    '44.8%'
    """
    return format_value(share, "share", decimals)


def money(millions: float, decimals: int | None = None) -> str:
    """Write millions of pounds.

    Examples
    --------
    >>> money(1020)
    '£1,020m'
    """
    return format_value(millions, "GBP m", decimals)


def signed(value: float, decimals: int) -> str:
    """Write a change with its sign, a true minus; nothing is neither up nor down.

    Examples
    --------
    >>> signed(1.25, 1), signed(-0.5, 1), signed(0.0, 1)
    ('+1.2', '−0.5', '0.0')
    """
    number = format_value(value, "", decimals)
    return f"+{number}" if value > 0 and any(c in "123456789" for c in number) else number


def points(difference: float, *, sign: bool = True) -> str:
    """Write a difference of two shares in percentage points.

    Examples
    --------
    >>> points(0.018), points(-0.018, sign=False)
    ('+1.8 percentage points', '1.8 percentage points')
    """
    shown = 100 * difference
    return f"{signed(shown, 1) if sign else format(abs(shown), '.1f')} percentage points"


def count(number: int, noun: str, many: str = "") -> str:
    """Write a count with its noun.

    Parameters
    ----------
    number : int
        How many.
    noun : str
        One of them.
    many : str
        Several of them, where that isn't the noun with an s.

    Examples
    --------
    >>> count(1, "trust"), count(1200, "trust"), count(2, "county", "counties")
    ('1 trust', '1,200 trusts', '2 counties')
    """
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def portion(part: int, whole: int, noun: str = "", many: str = "") -> str:
    """Write a complete count of a whole; as a percentage too where the whole has 20 or more.

    Parameters
    ----------
    part, whole : int
        How many of how many.
    noun, many : str
        As in :func:`count`.

    Examples
    --------
    >>> portion(74, 226), portion(9, 16, "trust"), portion(1, 226, "trust")
    ('74 of 226 (33%)', '9 of 16 trusts', '1 of 226 trusts (less than 1%)')
    """
    said = f"{part:,} of {count(whole, noun, many) if noun else f'{whole:,}'}"
    if whole < FEWEST_FOR_PERCENT:
        return said
    return f"{said} ({format_value(part / whole, 'probability')})"


FEWEST_FOR_PERCENT = 20
"""Units below which a percentage says more than the count can bear."""

_NUMBER = re.compile(
    r"(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December) \d{4}|\d{4}/\d{2}|\d(?:[\d,.]*\d)?"
)


def words_in(markdown: str) -> int:
    """Count the words of a text.

    Examples
    --------
    >>> words_in("About **a third** (31% to 37%) – less")
    7
    """
    return sum(any(letter.isalnum() for letter in word) for word in markdown.split())


def numbers_in(markdown: str) -> int:
    """Count the numbers of a text; a date is one, and so is a financial year.

    Examples
    --------
    >>> numbers_in("On 1 March 2019, **74 of 226** (33%), against 1,020 in 2017/18")
    6
    """
    return len(_NUMBER.findall(markdown))


def ordinal(place: int) -> str:
    """Write a place in an order.

    Examples
    --------
    >>> ordinal(1), ordinal(22), ordinal(113)
    ('1st', '22nd', '113th')
    """
    tail = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{'th' if place % 100 in (11, 12, 13) else tail}"


def listed(names: Iterable[str], last: str = "and", *, most: int | None = None) -> str:
    """Write a list as a sentence has it.

    Parameters
    ----------
    names : iterable of str
        What is listed; "none" stands for nothing.
    last : str
        Word before the last.
    most : int, optional
        Name no more than so many; the rest are "others".

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b"], "or"), listed(["a", "b", "c"], most=2)
    ('a, b and c', 'a or b', 'a, b and others')
    """
    words = list(names)
    if most is not None and len(words) > most:
        words = [*words[:most], "others"]
    if len(words) > 1:
        return f"{', '.join(words[:-1])} {last} {words[-1]}"
    return words[0] if words else "none"


def capital(text: str) -> str:
    """Begin a sentence: the first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def short_name(name: str, forms: Sequence[str], most: int | None = None) -> str:
    """Shorten an organisation's name to what tells it apart.

    Parameters
    ----------
    name : str
        The full name.
    forms : sequence of str
        Legal forms that many names end in: the first that this one ends in is left out.
    most : int, optional
        Letters at most; a longer name is cut.

    Examples
    --------
    >>> short_name("Barts Health NHS Trust", ["NHS Foundation Trust", "NHS Trust"])
    'Barts Health'
    """
    short = next((name.removesuffix(f" {f}") for f in forms if name.endswith(f" {f}")), name)
    return short if most is None or len(short) <= most else f"{short[: most - 2].rstrip()}…"


def near(given: object, known: Collection[str], *, most: int = 3) -> list[str]:
    """Return which of the known words somebody may have meant, the likeliest first.

    Parameters
    ----------
    given : object
        What was written, or three letters of it; large and small letters are alike.
    known : collection of str
        What there is.
    most : int
        Suggestions at most.

    Examples
    --------
    >>> near("rl5", ["RL4", "R1H"])
    ['RL4']
    >>> near("mental", ["Acute", "Mental health"])
    ['Mental health']
    """
    folded = {word.casefold(): word for word in reversed(list(known))}
    text = str(given).strip().casefold()
    held = [word for word in folded if len(text) >= 3 and text in word]
    held.sort(key=lambda word: (not word.startswith(text), len(word), word))
    close = difflib.get_close_matches(text, list(folded), n=most, cutoff=0.6)
    return [folded[word] for word in dict.fromkeys([*held, *close])][:most]


def near_units(given: object, names: Mapping[str, str], *, most: int = 3) -> list[str]:
    """Return which units somebody may have meant by a code or a name, the likeliest first.

    Parameters
    ----------
    given : object
        What was written.
    names : mapping of str to str
        The name of each unit, by its code.
    most : int
        Suggestions at most.

    Returns
    -------
    list of str
        Codes, each with its name in brackets.

    Examples
    --------
    >>> near_units("barts", {"RL4": "Royal Wolverhampton", "R1H": "Barts Health NHS Trust"})
    ['R1H (Barts Health NHS Trust)']
    >>> near_units("Wolverhamton", {"RL4": "Royal Wolverhampton NHS Trust", "R1H": "Barts"})
    ['RL4 (Royal Wolverhampton NHS Trust)']
    """
    by_name = {name: code for code, name in names.items()}
    named = [by_name[name] for name in near(given, by_name, most=most)]
    codes = [code for code in near(given, names, most=most) if code not in named]
    if not (named or codes):  # a word of a long name is unlike the whole of it
        parts = {part for name in by_name for part in name.split() if len(part) > 3}
        meant = near(given, sorted(parts), most=1)
        named = [code for name, code in by_name.items() if {*meant} & {*name.split()}]
    # A code has few letters: of those that aren't quite alike, many are near to anything.
    exact = [code for code in codes if code.casefold() == str(given).strip().casefold()]
    return [f"{code} ({names[code]})" for code in (exact or [*named, *codes])][:most]
