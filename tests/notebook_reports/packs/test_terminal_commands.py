"""What an analyst sees at a terminal: completion, a line of progress, a page that opens."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

NHSI = str(Path(sys.executable).with_name("nhsi"))
HEAVY = {"pandas", "numpy", "matplotlib", "rich", "nbconvert", "nbformat", "jupyter_client"}

bash = pytest.mark.skipif(sys.platform == "win32", reason="needs bash and terminals")
Shell = Callable[..., list[str]]


@pytest.fixture(name="offers", scope="module")
def _offers(root: Path) -> Shell:
    """Complete words in bash, which has the script that nhsi itself shows."""
    script = subprocess.run(
        [NHSI, "--show-completion", "bash"],
        env=os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    script += '\nCOMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _nhsi_completion "$NHSI"\n'
    script += 'printf "%s\\n" "${COMPREPLY[@]}"'

    def ask(*words: str, home: Path = root) -> list[str]:
        done = subprocess.run(
            ["bash", "-c", script, "bash", "nhsi", *words],
            env=os.environ | {"NHSI": NHSI, "NHSI_HOME": str(home)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.strip("\n").split("\n")

    return ask


@bash
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["com"], ["compare"]),
        (["pack", "--only", "04"], ["04_cqc_rating_shifts"]),
        (["pack", "--status", ""], ["draft", "published"]),
        (["pack", "--only", "04", "--set", "tr"], ["trust_type=", "trust="]),
        (["pack", "--only", "04", "--set", "conf"], ["confidence="]),
        # Bash parts words at "=", and completes what follows it.
        (["pack", "--only", "04", "--each", "region", "=", "Lo"], ["London"]),
        (["pack", "--only", "04", "--set", "trust_type", "=", r"Mental\ h"], [r"Mental\ health"]),
        (["pack", "--set", "trust", "=", "RK"], ["RK5", "RK9", "RKB", "RKE", "RKL"]),
        (["data", "describe", "trust_s"], ["trust_successions"]),
    ],
)
def test_bash_completes_ids_parameters_and_values(offers: Shell, words, expected):
    assert offers(*words) == expected


@bash
def test_completion_where_there_is_nothing_stays_silent(offers: Shell, tmp_path):
    assert offers("pack", "--set", "trust", "=", "", home=tmp_path) == [""]
    assert offers("pack", "--only", "", home=tmp_path) == [""]


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ("zsh", '"trust_type=Mental health"'),
        ("fish", "trust_type=Mental health"),
        ("powershell", "trust_type=Mental health::: "),
    ],
)
def test_other_shells_complete_name_and_value_together(shell, expected):
    said = {"_TYPER_COMPLETE_ARGS": "nhsi pack --set trust_type=M"}
    said |= {"_TYPER_COMPLETE_WORD_TO_COMPLETE": "trust_type=M"}
    said |= {"_NHSI_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run([NHSI], env=os.environ | said, capture_output=True, text=True)
    assert expected in done.stdout, done


@pytest.mark.parametrize(
    "asked",
    [
        {"_NHSI_COMPLETE": "complete_bash"},
        {"_NHSI_COMPLETE": "complete_bash", "COMP_WORDS": "nhsi", "COMP_CWORD": "x"},
        {
            "_NHSI_COMPLETE": "complete_bash",
            "COMP_WORDS": 'nhsi\npack\n--set\n"',
            "COMP_CWORD": "3",
        },
        {"_NHSI_COMPLETE": "complete_nushell"},
    ],
)
def test_whatever_a_shell_asks_no_traceback_lands_in_its_line(asked):
    done = subprocess.run([NHSI], env=os.environ | asked, capture_output=True, text=True)
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "call",
    [
        "sys.argv = ['nhsi', '--help']; cli.main()",
        "sys.argv = ['nhsi', 'pack', '--help']; cli.main()",
        "os.environ |= {'_NHSI_COMPLETE': 'complete_zsh', '_TYPER_COMPLETE_ARGS': 'nhsi pack "
        "--set region='}; cli.main()",
    ],
)
def test_help_and_completion_import_little(call):
    """A count of modules is a measure of time that is the same on every machine."""
    code = (
        f"import os, sys\nfrom nhsi_analysis import cli\ntry:\n    {call}\n"
        "except SystemExit:\n    print('\\n' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert HEAVY & set(loaded) == set()
    assert len(loaded) < 400, len(loaded)


def test_flags_are_shown_without_a_type(root):
    shown = [
        subprocess.run([NHSI, *words, "--help"], capture_output=True, text=True).stdout
        for words in ([], ["pack"], ["kernel", "install"], ["compare"], ["data", "list"])
    ]
    assert all("--help" in text for text in shown)
    assert not any("<bool>" in text or "…" in text for text in shown)
    assert re.search(r"--force +Run reports", shown[1])


def at_a_terminal(*arguments: object) -> tuple[list[str], int]:
    """Run a command at a pseudo-terminal; return what its lines said one after another, and how."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.execv(NHSI, ["nhsi", *map(str, arguments)])
    said = b""
    with contextlib.suppress(OSError):  # Linux's word for the end
        while got := os.read(terminal, 4096):
            said += got
    lines = [line.rstrip() for line in re.split(r"[\r\n]", said.decode()) if line.strip()]
    return lines, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@bash
def test_a_terminal_shows_from_the_start_what_is_done(make_notebook, tmp_path):
    make_notebook("demo", "number: int = 1  # A number", "1 / number")
    path = tmp_path / "pack.toml"
    path.write_text(
        'title = "T"\n[[reports]]\nnotebook = "demo"\nfor_each.values.number = [1, 0, 2]\n'
    )
    said, code = at_a_terminal("pack", path, "--out", tmp_path / "out", "--jobs", 1)
    words = [re.sub(r"^ *\d+ s  ", "", line) for line in said]
    steps = list(dict.fromkeys(words))
    assert steps[:5] == [
        *("planning", "checking tables", "seeing what has changed", "starting kernels"),
        "0 of 3 made: demo-1",
    ]
    assert "2 of 3 made, 1 failed: demo-2" in steps
    assert steps[-1].startswith("3 made, 1 of them failed")
    assert code == 1
    piped = subprocess.run(
        [NHSI, "pack", str(path), "--out", str(tmp_path / "out")], capture_output=True, text=True
    )
    assert "\r" not in piped.stdout + piped.stderr
    assert "made:" not in piped.stderr


@pytest.fixture(name="browser")
def _browser(tmp_path, monkeypatch) -> Path:
    """Put a program in the browser's place that writes down what it is to open."""
    seen, program = tmp_path / "seen.txt", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" >> {seen}\n')
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{program} %s")
    return seen


@bash
def test_a_browser_opens_the_page_that_the_last_line_names(make_notebook, tmp_path, browser):
    make_notebook("demo", "number: int = 1  # A number", "1 / number")
    path = tmp_path / "pack.toml"
    path.write_text('title = "T"\n[[reports]]\nnotebook = "demo"\n')
    run = [NHSI, "pack", str(path), "--out", str(tmp_path / "out"), "--open"]
    failed = subprocess.run([*run, "--set", "number=0"], capture_output=True, text=True)
    assert failed.returncode == 1
    assert not browser.exists(), "nothing was made that could be opened"
    for _ in ("made", "unchanged"):
        done = subprocess.run(run, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    page = done.stdout.rpartition("open ")[2].strip()
    assert browser.read_text().split() == [Path(page).as_uri()] * 2


@bash
def test_where_there_is_no_browser_that_is_said(make_notebook, tmp_path, monkeypatch):
    make_notebook("demo", "number: int = 1  # A number")
    path = tmp_path / "pack.toml"
    path.write_text('title = "T"\n[[reports]]\nnotebook = "demo"\n')
    monkeypatch.setenv("BROWSER", "false %s")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run(
        [NHSI, "pack", str(path), "--out", str(tmp_path / "out"), "--open"],
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": str(tmp_path)},
    )
    assert done.returncode == 0
    assert done.stderr == "nhsi: there is no browser here to open the page with\n"
