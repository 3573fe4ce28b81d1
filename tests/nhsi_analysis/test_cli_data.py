"""The command ``nhsi data``, run as a user runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nhsi_analysis import cli, datasets, ingest
from notebook_reports.commands import EXIT_USER_ERROR
from policy_methods.errors import MethodError

Nhsi = Callable[..., tuple[int, str, str]]
TABLES = len(datasets.names())


@pytest.fixture
def data_copy(tmp_path: Path, root: Path) -> Path:
    shutil.copytree(root / "data" / "raw", tmp_path / "data" / "raw")
    return tmp_path / "data"


@pytest.fixture
def nhsi(
    data_copy: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Nhsi:
    monkeypatch.setenv("NHSI_DATA", str(data_copy))

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nhsi", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def test_list_names_every_table_whole(nhsi: Nhsi) -> None:
    code, out, _ = nhsi("data", "list")
    assert code == 0
    for name in datasets.names():
        assert name in out
        assert datasets.describe(name).title in out
    assert "14,891" in out


def test_describe_tells_columns_units_source_and_caveats(nhsi: Nhsi) -> None:
    code, out, _ = nhsi("data", "describe", "trust_finance")
    assert code == 0
    assert "operating_cost_gbp_000 (number, GBP thousand): Operating cost, negative" in out
    assert "Open Government Licence v3.0" in out
    assert "Unique together: org_code, financial_year" in out
    for caveat in datasets.describe("trust_finance").caveats:
        assert caveat in out


def test_an_unknown_table_is_one_line_and_exit_code_2(nhsi: Nhsi) -> None:
    code, out, err = nhsi("data", "describe", "trust")
    assert (code, out) == (EXIT_USER_ERROR, "")
    assert err.count("\n") == 1
    assert "trusts" in err


def test_check_prints_every_table_and_key(nhsi: Nhsi) -> None:
    code, out, _ = nhsi("data", "check")
    assert code == 0
    assert all(f"ok     {name}: " in out for name in datasets.names())
    assert "cqc_trust_ratings.org_code in trusts.org_code: 226 codes" in out
    assert "known exceptions: R1F1, R1F2, R1F3" in out
    assert out.splitlines()[-1] == f"{TABLES} tables and 11 keys checked: all in order"


def test_check_goes_on_after_the_first_broken_table(nhsi: Nhsi, data_copy: Path) -> None:
    raw = data_copy / "raw"
    finance = raw / "trust_finance.csv"
    lines = finance.read_text().splitlines()
    finance.write_text("\n".join([lines[0].replace(",financial_year", ""), *lines[1:]]) + "\n")
    claims = raw / "claims.csv"
    claims.write_text(claims.read_text().replace("trusts ranked", "trusts in the league"))
    trusts = raw / "trusts.csv"
    trusts.write_text(trusts.read_text().replace("\nR1A,", "\nR1Z,"))
    code, out, _ = nhsi("data", "check")
    assert code == 1
    found = [line for line in out.splitlines() if line.startswith("BROKEN")]
    assert [line.split(":")[0] for line in found] == [
        "BROKEN claims",
        "BROKEN trust_finance",
        "BROKEN trusts",
        "BROKEN cqc_trust_ratings.org_code in trusts.org_code",
        "BROKEN hospital_sites.org_code in trusts.org_code",
        "BROKEN trust_finance.org_code in trusts.org_code or trust_successions.org_code or "
        "trust_successions.successor_code",
    ]
    assert "data/raw/trust_finance.csv, row 1, column 'financial_year': column is missing" in out
    assert "row 2, column 'org_code': must be found in trusts.org_code (1 not found: R1A)" in out
    assert "not checked, because trust_finance could not be read" in out
    assert out.splitlines()[-1] == f"{TABLES} tables and 11 keys checked: 6 broken"


def test_ingest_says_what_it_did_and_where(nhsi: Nhsi, data_copy: Path, tmp_path: Path) -> None:
    path = tmp_path / "succ_2026-05-01.csv"
    path.write_text("RXX,RYY,R,20260401,\nA81001,A81002,R,20200101,\n")
    code, out, err = nhsi("data", "ingest", path)
    assert code == 0, err
    assert "1 rows are not of a trust: A81001 (row 2)" in out
    assert "written: data/processed/trust_successions.2026-05-01." in out
    assert "Reports use it from now on" in out
    _, out, _ = nhsi("data", "list")
    assert "trust_successions.2026-05-01." in out
    code, out, _ = nhsi("data", "check")
    assert code == 0
    assert "ok     trust_successions (data/processed/trust_successions.2026-05-01." in out
    assert out.splitlines()[-1] == f"{TABLES + 1} tables and 11 keys checked: all in order"
    stored = next((data_copy / "processed").glob("trust_successions.*.parquet"))
    content = bytearray(stored.read_bytes())
    content[len(content) // 4] ^= 0xFF
    stored.write_bytes(bytes(content))
    code, out, _ = nhsi("data", "check")
    assert code == 1
    assert "is damaged" in out
    stored.unlink()
    code, out, _ = nhsi("data", "ingest", path, "--to", tmp_path / "elsewhere")
    assert (code, "Reports use it" in out) == (0, False)
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1


def test_ingest_refuses_in_one_line(nhsi: Nhsi, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("a,b\n1,2\n")
    code, out, err = nhsi("data", "ingest", path)
    assert (code, out) == (EXIT_USER_ERROR, "")
    assert err.startswith("nhsi: notes.csv: is not recognised")
    assert err.count("\n") == 1
    code, _, err = nhsi("data", "ingest", path, "--as", "cqc")
    assert code == EXIT_USER_ERROR
    assert "must be a kind of file" in err
    code, _, err = nhsi("data", "ingest", path, "--as", "cqc-ratings")
    assert code == EXIT_USER_ERROR
    assert "is text; a file of kind cqc-ratings is a workbook" in err
    code, out, _ = nhsi("data", "kinds")
    assert code == 0
    assert all(kind.looks_for in out for kind in ingest.KINDS.values())


def test_help_lists_the_commands_without_importing_pandas(root: Path) -> None:
    code = (
        "import sys; sys.argv = ['nhsi', '--help']\n"
        "from nhsi_analysis import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "print('pandas' in sys.modules)"
    )
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert "data" in done.stdout
    assert done.stdout.splitlines()[-1] == "False"


def test_the_version_is_shown(nhsi: Nhsi) -> None:
    code, out, _ = nhsi("--version")
    assert (code, out.split()[0]) == (0, "nhsi")


def test_what_a_method_refuses_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> None:
        raise MethodError("parameter 'draws' must be at least 1")

    monkeypatch.setattr(cli, "application", lambda _: refuse)
    with pytest.raises(SystemExit, match=f"^{EXIT_USER_ERROR}$"):
        cli.main()
    assert capsys.readouterr().err == "nhsi: parameter 'draws' must be at least 1\n"
