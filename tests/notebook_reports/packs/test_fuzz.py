"""Whatever is typed or written in a pack ends in the right value or in one clear sentence."""

from __future__ import annotations

import copy
import csv
import datetime as dt
import io
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from notebook_reports.errors import PackError, ParameterError
from notebook_reports.packs.plan import build_plan
from notebook_reports.packs.spec import parse_spec
from notebook_reports.parameters.declared import TYPES, parse_parameters

EMPTY = {"list": "[]", "dict": "{}", "str": '""', "int": "0", "float": "0.0", "bool": "False"}
DECLARED = {
    type_: parse_parameters(
        f"value: {type_} = {EMPTY[type_.partition('[')[0]]}  # A value", "demo"
    ).get("value")
    for type_ in TYPES
}

texts = st.text(max_size=12)
names = st.text(min_size=1, max_size=8)
whole = st.integers()
finite = st.floats(allow_nan=False, allow_infinity=False)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "str": texts,
    "int": whole,
    "float": finite,
    "bool": st.booleans(),
    "list[str]": st.lists(texts, max_size=4),
    "list[int]": st.lists(whole, max_size=4),
    "list[float]": st.lists(finite, max_size=4),
    "dict[str, float]": st.dictionaries(names, finite, max_size=4),
}


def lookup(table: str, column: str) -> frozenset[str]:
    raise AssertionError("no rule asks for a table")


def as_csv(items: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="").writerow(items)
    return line.getvalue()


def renderings(value: Any) -> list[str]:
    """Every way in which a value may be typed."""
    if isinstance(value, bool):
        return ["true", "Yes", "1"] if value else ["false", "NO", "0"]
    if isinstance(value, list):
        plain = [", ".join(map(repr, value))] if not any(isinstance(v, str) for v in value) else []
        return [json.dumps(value), as_csv(value) if value else "", *plain]
    if isinstance(value, dict):
        bare = all(re.fullmatch(r"\w+", name) for name in value)
        pairs = [f"{name}={number!r}" for name, number in value.items()]
        return [
            json.dumps(value),
            *([",".join(pairs), as_csv(pairs) if pairs else ""] if bare else []),
        ]
    return [value if isinstance(value, str) else repr(value)]


@settings(max_examples=1200, derandomize=True, deadline=None)
@given(data=st.data(), type_=st.sampled_from(TYPES))
def test_a_value_typed_in_any_way_is_read_as_it_was(data, type_):
    value = data.draw(VALUES[type_])
    declared = DECLARED[type_]
    for text in renderings(value):
        read = declared.check(declared.from_text(text), lookup)
        assert read == value, text
        assert type(read) is type(value)


NASTY = [
    *("", " ", ",", '"', '""', '"a', "[", "{", "[]", "{}", "[[1]]", '{"a": [1]}', "null", "[null]"),
    *("nan", "inf", "-inf", "1e400", "1_0", "0x1f", "1.0", "٣", "none", "None", "True", "=", "=1"),
    *("a=1,a=2", '{"a": 1, "a": 2}', '{"": 1}', "a=1,,b=2", "a=b=1", "NaN", "[NaN]", "[1e999]"),
    *("[" * 3000, "[" * 3000 + "]" * 3000, '{"a":' * 3000, "9" * 400, "9" * 5000, "9" * 400 + ".5"),
    *(
        "[" + "9" * 400 + "]",
        "[" + "9" * 5000 + "]",
        "a=" + "9" * 5000,
        "x" * 5000,
        "\x00",
        "\x1b[31m",
    ),
    *("\ud800", "a,\udcff", "\udcff=1", "a\nb", "\u2028", "\u202e", "a\x1b]0;title\x07"),
]
anything = st.text(st.characters(), max_size=20) | st.sampled_from(NASTY)


@settings(max_examples=1200, derandomize=True, deadline=None)
@given(text=st.builds("".join, st.lists(anything, max_size=3)), type_=st.sampled_from(TYPES))
def test_junk_is_refused_in_one_line_that_names_the_parameter(text, type_):
    declared = DECLARED[type_]
    try:
        value = declared.check(declared.from_text(text), lookup)
    except ParameterError as error:
        message = str(error)
        assert message.startswith("parameter 'value' ")
        assert message.isprintable()
        assert len(message) <= 300
    else:
        # What is taken can be written to any file, and read again.
        kept = json.loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
        assert kept == value


DEMO = """\
number: int = 1  # A number | at least 1
share: float = 0.5  # A share | from 0 to 1
name: str = ""  # A name
kind: str = "x"  # A kind | one of: x, y
day: str = ""  # A day | date
trust: str = ""  # A trust, empty for none | value of: trusts.org_code
words: list[str] = []  # Words
weights: dict[str, float] | None = None  # Weights
as_at: str = ""  # Nothing published later | date
"""


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebooks")
    for name in ("demo", "Demo-2", "a/demo", "b/demo", "con", "été", "試験"):
        cell = new_code_cell(DEMO, metadata={"tags": ["parameters"]})
        nb = new_notebook(cells=[new_markdown_cell("# A question?"), cell])
        (folder / name).parent.mkdir(exist_ok=True)
        nbformat.write(nb, folder / f"{name}.ipynb")
    return folder


GIVEN: dict[str, st.SearchStrategy[Any]] = {
    "number": st.integers(1, 10**9),
    "share": st.floats(0, 1),
    "name": texts,
    "kind": st.sampled_from(["x", "y"]),
    "day": st.dates().map(str) | st.dates(),
    "trust": st.sampled_from(["", "R1A", "RRV"]),
    "words": st.lists(texts, max_size=3),
    "weights": st.dictionaries(names, finite, max_size=3),
}
given_values = st.fixed_dictionaries({}, optional=GIVEN)
labels = st.sampled_from(["", "A label", "Another {{label}}"])


@st.composite
def reports(draw: st.DrawFn) -> dict[str, Any]:
    notebook = st.sampled_from(["demo", "Demo-2", "a/demo", "b/demo", "con", "été", "試験"])
    report: dict[str, Any] = {"notebook": draw(notebook), "label": draw(labels)}
    report["parameters"] = draw(given_values)
    kind = draw(st.sampled_from(["", "values", "table"]))
    left = sorted(set(GIVEN) - set(report["parameters"]))
    if kind == "values" and left:
        name = draw(st.sampled_from(left))
        report["for_each"] = {"values": {name: draw(st.lists(GIVEN[name], min_size=1, max_size=3))}}
        report["label"] = f"{{{name}}}"
    if kind == "table" and "trust" in left:
        report["for_each"] = {
            "table": "trusts",
            "columns": {"trust": "org_code"},
            "where": {"trust_type": "Ambulance"},
            "facets": {"region": "region"},
        }
        report["label"] = "{org_name}"
    return report


@st.composite
def packs(draw: st.DrawFn) -> dict[str, Any]:
    pack: dict[str, Any] = {"title": "A pack", "retries": draw(st.integers(0, 5))}
    pack["parameters"] = draw(given_values)
    pack["reports"] = draw(st.lists(reports(), min_size=1, max_size=3))
    written = ["a", "demo-a", "Demo.b", "demo-4514a0c6"]
    for report, id_ in zip(pack["reports"], draw(st.permutations(written)), strict=False):
        if "for_each" not in report and draw(st.booleans()):
            report["id"] = id_
    pack["sections"] = [
        {"title": "S", "reports": draw(st.lists(reports(), min_size=1, max_size=2))}
    ]
    return pack


def assert_sound(plan: Any) -> None:
    ids = [job.id.casefold() for job in plan.jobs]
    assert len(ids) == len(set(ids))
    for job in plan.jobs:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", job.id)
        assert not re.fullmatch(r"(con|nul|prn|aux|com\d|lpt\d)(\..*)?|.*\.", job.id, re.IGNORECASE)
        json.dumps([job.given, job.title, job.facets], ensure_ascii=False).encode()


@settings(max_examples=250, derandomize=True, deadline=None)
@given(pack=packs())
def test_a_sound_pack_plans_reports_with_ids_of_their_own(folder, pack):
    plan = build_plan(parse_spec(pack, "p.toml"), folder=folder)
    assert_sound(plan)
    # What is written as an id is the report's id, and every label is in the list.
    assert {r["id"] for r in pack["reports"] if "id" in r} <= {job.id for job in plan.jobs}
    plain = [r for r in pack["reports"] if r["label"] == "A label"]
    assert {"A label"} >= {job.title for job in plan.jobs if job.title == "A label"}
    assert bool(plain) <= any(job.title == "A label" for job in plan.jobs)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


JUNK: list[Any] = [
    *("", " ", "\x00", "a\x00b", "x" * 5000, "\x1b]0;t\x07", "../x", "/", ".", "CON", "nul.txt"),
    *("{", "}", "{}", "{0}", "{nope}", "{name.x}", "{name!r}", "{name:>999999999}", "{name[0]}"),
    *(0, -1, 10**400, 10**5000, 1e308, float("nan"), float("inf"), True, False, [], {}, [[]], [{}]),
    *(
        {"": 1},
        {"a": {"a": 1}},
        [1, "a"],
        nested(50),
        nested(3000),
        dt.date(2018, 9, 3),
        dt.time(7),
    ),
    *(dt.datetime(2018, 9, 3, tzinfo=dt.UTC), {"a" * 5000: 1}, {"\x1b[0m": 1}, ["a"] * 100),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a pack where something can be put in place of what is there."""
    if not isinstance(value, dict | list):
        return [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    own = [path] if path else []
    return [*own, *(place for key, item in inner for place in places(item, (*path, key)))]


@settings(max_examples=750, derandomize=True, deadline=None)
@given(pack=packs(), data=st.data())
def test_a_spoilt_pack_says_which_file_and_where(folder, pack, data):
    pack = copy.deepcopy(pack)
    *way, last = data.draw(st.sampled_from(places(pack)))
    spoilt = pack
    for key in way:
        spoilt = spoilt[key]
    junk = data.draw(st.sampled_from(JUNK))
    if isinstance(spoilt, dict) and data.draw(st.booleans()):
        last = data.draw(st.sampled_from(["nope", "", "\x1b[31m", "k" * 5000, "for_each", "id"]))
    spoilt[last] = junk
    try:
        plan = build_plan(parse_spec(pack, "p.toml"), folder=folder)
    except PackError as error:
        first, *more = str(error).splitlines()
        assert "p.toml" in first
        problem = f"{first} {more[0]}" if first.endswith("can't be run:") else first
        top = str((*way, last)[0])
        assert top[:50] in problem or not top.isprintable()
        assert problem.isprintable()
    else:
        assert_sound(plan)
