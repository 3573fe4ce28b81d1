"""The parameters cell is parsed, never guessed, and every value checked."""

import os
import subprocess
import sys
import tempfile

import pytest

from notebook_reports.errors import PackError, ParameterError
from notebook_reports.parameters.declared import parse_parameters, unknown_parameter

CELL = """\
key_question: str = "Overall"  # Key question to compare | one of: Safe, Well-led, Overall
confidence: float = 0.95  # Level of every interval | from 0.5 to 0.999
trust: str = ""  # ODS code of a trust to follow, empty for none | value of: trusts.org_code
before: str = "2018-09-03"  # Snapshot to start from | date
draws: int = 1000  # Simulated draws | at least 1; at most 5000
strict: bool = False  # Stop at the first doubt
scale: float | None = None  # Scale, or none for the data's own | above 0
questions: list[str] = ["q7a", "q7b"]  # Survey items | one of: q7a, q7b, q7c
weights: dict[str, float] = {"q7a": 1.0}  # Weight of each item | at least 0
"""
CODES = frozenset({"5E1", "007", "R1A", "R1F"})


def lookup(table: str, column: str) -> frozenset[str]:
    assert (table, column) == ("trusts", "org_code")
    return CODES


@pytest.fixture(name="declared")
def _declared():
    return parse_parameters(CELL, "04_demo")


def test_reads_names_types_defaults_and_comments(declared):
    assert declared.names == (
        *("key_question", "confidence", "trust", "before", "draws"),
        *("strict", "scale", "questions", "weights"),
    )
    assert declared.get("scale").annotation == "float | None"
    assert declared.get("confidence").default == 0.95
    assert declared.get("confidence").comment == "Level of every interval"
    assert declared.get("draws").rule_text == "at least 1; at most 5000"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("trust", "5E1", "5E1"),
        ("trust", "007", "007"),
        ("confidence", 0.5, 0.5),
        ("draws", 5000, 5000),
        ("scale", None, None),
        ("questions", ["q7c"], ["q7c"]),
        ("weights", {"q7a": 2}, {"q7a": 2.0}),
    ],
)
def test_accepts_what_the_rules_allow(declared, name, value, expected):
    got = declared.get(name).check(value, lookup)
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("trust", 5e1, "must be text"),
        ("trust", 7, "must be text"),
        ("trust", "R1Z", "value of column org_code"),
        ("confidence", 1.0, "from 0.5 to 0.999"),
        ("confidence", float("nan"), "finite"),
        ("confidence", "0.9", "finite number, not text"),
        ("confidence", True, "not true or false"),
        ("draws", 0, "at least 1"),
        ("draws", 5001, "at most 5000"),
        ("draws", 10.5, "whole number"),
        ("strict", 1, "true or false"),
        ("scale", 0, "above 0"),
        ("key_question", "safe", "did you mean Safe"),
        ("before", "2018-13-01", "date"),
        ("questions", ["q9"], "allowed: q7a, q7b, q7c"),
        ("weights", {"q7a": -1}, "at least 0"),
        ("draws", None, "not empty"),
    ],
)
def test_refuses_what_they_do_not(declared, name, value, words):
    with pytest.raises(ParameterError, match=words):
        declared.get(name).check(value, lookup)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("trust", "5E1", "5E1"),
        ("trust", "007", "007"),
        ("draws", "12", 12),
        ("confidence", "0.9", 0.9),
        ("strict", "true", True),
        ("scale", "none", None),
        ("questions", "q7a, q7c", ["q7a", "q7c"]),
        ("weights", "q7a=1.5,q7b=2", {"q7a": 1.5, "q7b": 2.0}),
    ],
)
def test_reads_the_command_line_by_declared_type(declared, name, text, expected):
    got = declared.get(name).from_text(text)
    assert got == expected
    assert type(got) is type(expected)


def test_refuses_text_that_is_not_of_the_type(declared):
    with pytest.raises(ParameterError, match="whole number"):
        declared.get("draws").from_text("many")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a,b",c', ["a,b", "c"]),
        ('c, "a,b" ,d', ["c", "a,b", "d"]),
        ('"say ""yes""", " b "', ['say "yes"', " b "]),
        ('a,,"",b', ["a", "", "b"]),
        ('6" pipe, b', ['6" pipe', "b"]),
        ("", []),
    ],
)
def test_an_item_in_quotes_keeps_its_commas_and_spaces(text, expected):
    declared = parse_parameters("words: list[str] = []  # Words", "demo").get("words")
    assert declared.check(declared.from_text(text), lookup) == expected


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("draws", "9" * 400, "'draws' must be a whole number, not a number of over 308 digits"),
        ("draws", "9" * 5000, "'draws' must be a whole number"),
        ("confidence", "nan", r"must be a finite number, not NaN \(got nan\)"),
        ("confidence", "1e400", "must be a finite number, not infinite"),
        ("weights", "q7a=1,q7a=3", "'weights' names 'q7a' twice"),
        ("weights", '{"q7a": 1, "q7a": 3}', "'weights' names 'q7a' twice"),
        ("weights", "=1", "empty name"),
        ("weights", '{"": 1}', "empty name"),
        ("weights", '{"q7a": "x"}', "finite numbers by name, but 'q7a' is text"),
        ("questions", "[" * 3000, "must be a list of texts"),
        ("questions", "[" * 3000 + "]" * 3000, "must be a list of texts"),
        ("questions", '["q7a", 1]', "must be a list of texts, but item 2 is a whole number"),
        ("questions", '"q7a', "must be a list of texts"),
        ("key_question", "caf\udce9", "text that is not UTF-8"),
        ("questions", "q7a,\udce9", "item 2 is text that is not UTF-8"),
    ],
)
def test_what_cannot_be_a_value_is_refused_in_one_line(declared, name, text, words):
    with pytest.raises(ParameterError, match=words) as caught:
        declared.get(name).check(declared.get(name).from_text(text), lookup)
    assert len(str(caught.value)) <= 200
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("confidence", 10**400, "a number of over 308 digits"),
        pytest.param("draws", 10**5000, "a number of over 308 digits", id="enormous"),
        ("questions", {"q7a": 1}, "a list of texts, not a table of names and values"),
        ("questions", ["q7a", ["q7b"]], "but item 2 is a list"),
        ("weights", ["q7a"], "a table of finite numbers by name, not a list"),
        ("weights", {"": 1}, "empty name"),
        ("key_question", ["Safe"], "must be text, not a list"),
    ],
)
def test_the_message_says_what_was_given_in_words(declared, name, value, words):
    with pytest.raises(ParameterError, match=words):
        declared.get(name).check(value, lookup)


def test_the_default_is_checked_like_any_other_value_that_is_given():
    cell = 'trust: str = "R1Z"  # A trust | value of: trusts.org_code'
    with pytest.raises(ParameterError, match="value of column org_code"):
        parse_parameters(cell, "demo").get("trust").check("R1Z", lookup)


@pytest.mark.parametrize(
    "name", ["cat", "ls", "rm", "mv", "time", "run", "man", "history", "config", "matplotlib"]
)
def test_a_lone_parameter_that_ipython_would_run_is_refused(name):
    with pytest.raises(PackError, match=f"demo: .* command %{name}"):
        parse_parameters(f"\n{name}: float = 0.5  # Weight of the category", "demo")
    # IPython runs the only line of a cell; among others the name is a name.
    cell = f"x: int = 1  # One\n{name}: float = 0.5  # Another"
    assert parse_parameters(cell, "demo").names == ("x", name)


def test_every_command_of_the_kernel_is_known():
    code = (
        "from ipykernel.zmqshell import ZMQInteractiveShell as Shell\n"
        "print(*Shell.instance().magics_manager.lsmagic()['line'])"
    )
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "IPYTHONDIR": home},
        )
    taken = []
    for name in done.stdout.split():
        try:
            parse_parameters(f"{name}: int = 1  # One", "demo")
        except PackError:
            continue
        taken.append(name)
    assert not taken


@pytest.mark.parametrize(
    ("cell", "comment"),
    [
        ("x: list[int] = [\n  1,  # First\n  2,  # Second\n]  # Nice numbers", "Nice numbers"),
        ("x: list[int] = [  # Nice numbers\n  1,  # First\n  2,  # Second\n]", "Nice numbers"),
        ("x: int = 1  # type: int # A number", "A number"),
        ("x: int = 1  # type: ignore[misc]  # A number", "A number"),
        ("x: list[str] = []  # type: List[str]  # Words", "Words"),
        ("x: int = 1  # A number  # noqa: E501", "A number"),
        ("x: str = 'a'  # type: acute or other", "type: acute or other"),
        ("x: str = '#fff'  # A colour such as #12436D", "A colour such as #12436D"),
    ],
)
def test_the_comment_about_the_parameter_is_its_meaning(cell, comment):
    assert parse_parameters(cell, "demo").get("x").comment == comment


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("x = 1  # No type", "not an assignment with a type"),
        ("x: int = 1", "without a comment"),
        ("x: set = 1  # Odd", "type other than"),
        ("x: int = y  # Odd", "not a literal"),
        ('x: int = "a"  # Odd', "inconsistent"),
        ("x: int = 1  # Odd | roughly 5", "not a rule"),
        ("x: int = 9  # Odd | at most 5", "breaks 'at most 5'"),
        ("x: int = 1  # One\nx: int = 2  # Two", "twice"),
        ("x: int = ", "not Python"),
        ("x: int = 1  # type: int", "without a comment"),
        ("x: list[int] = [\n  1,  # First\n  2,  # Second\n]", "several comments"),
        ('x: str = "q"  # Odd | one of: a, b', "default that breaks 'one of: a, b'"),
        ('x: list[str] = ["a", "q"]  # Odd | one of: a, b', "default that breaks"),
        ('x: str = "2020-13-45"  # Odd | date', "default that breaks 'date'"),
        ("x: int = 1\x00  # Odd", "not Python"),
        ("x: int = " + "(" * 3000 + "1" + ")" * 3000, "not Python"),
        ("x: int = " + "-" * 9000 + "1  # Odd", "line 1"),
        ("x: int = " + "9" * 5000 + "  # Odd", "not Python"),
        ("x: str = '\ud800'  # Odd", "not Python"),
        ("x: dict[str, float] = {[]: 1}  # Odd", "not a literal"),
    ],
)
def test_a_cell_that_breaks_the_grammar_says_where_and_how_to_write_it(cell, words):
    with pytest.raises(PackError, match=words) as caught:
        parse_parameters(cell, "demo")
    assert "demo: parameters cell, line" in str(caught.value)
    assert "name: type = literal" in str(caught.value)


def test_a_wrapped_line_keeps_its_comment():
    cell = 'x: str = (\n    "Overall"  # Rating to compare | one of: Overall, Safe\n)'
    declared = parse_parameters(cell, "demo").get("x")
    assert (declared.default, declared.comment) == ("Overall", "Rating to compare")
    assert declared.rule_text == "one of: Overall, Safe"


def test_a_hash_in_a_default_is_no_comment():
    declared = parse_parameters('colour: str = "#12436D"  # Colour of the focus', "demo")
    assert declared.get("colour").default == "#12436D"
    assert declared.get("colour").comment == "Colour of the focus"


def test_a_near_miss_is_named_and_its_notebook_listed(declared):
    other = parse_parameters("year: int = 2016  # Year", "01_other")
    message = unknown_parameter("befor", [other, declared])
    assert "did you mean before?" in message
    assert "04_demo takes these parameters" in message
    assert "before: str = '2018-09-03'  # Snapshot to start from (date)" in message
    assert "01_other" not in message
