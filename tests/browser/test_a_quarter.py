"""A quarter from end to end: newer data, a pack, what changed, and one page sent on by itself."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import page_rules
import pandas as pd
import pytest
from page_rules import Open

from bench.workbooks import write_xlsx

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.slow]

SPEC = """
title = "Ratings and a trust"
publisher = "The ratings desk"
standing = "Independent of the NHS"
contact = "Write to desk@example.org"
status = "published"
quarter = "{quarter}"

[[reports]]
notebook = "04_cqc_rating_shifts"

[[reports]]
notebook = "05_trust_profile"
parameters = {{ trust = "RJ1" }}
"""
NEWER = "2019-09-01"
RISEN = 24


@dataclass(frozen=True)
class Quarter:
    """What the two quarters left, and what the commands of the second said."""

    old: Path
    new: Path
    raw_before: dict[str, str]
    data: Path
    listed: str
    dry_run: str
    compared: str


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def newer_file(raw: Path, path: Path) -> Path:
    """Write a file of ratings half a year newer, in which trusts rose and two fell."""
    ratings = pd.read_csv(raw / "cqc_trust_ratings.csv", dtype=str)
    newest = ratings[(ratings["snapshot"] == "2019-03-01") & (ratings["service"] == "Overall")]
    whole = newest[newest["key_question"] == "Overall"].set_index("org_code")["rating"]
    rising = ["RJ1", *whole.index[whole == "Requires improvement"][: RISEN - 1]]
    falling = [c for c in whole.index[whole == "Good"] if c != "RJ1"][:2]
    better = {"Requires improvement": "Good", "Good": "Outstanding"}
    rows = []
    for row in newest.itertuples():
        moves = row.key_question == "Overall" and row.org_code in (*rising, *falling)
        rating = better.get(row.rating) if row.org_code in rising else "Requires improvement"
        day = "2019-07-15" if moves else row.publication_date
        said = rating if moves else row.rating
        rows.append([row.org_code, row.service, row.key_question, said, day])
    header = ["Provider ID", "Service / Population Group", "Domain", "Latest Rating"]
    return write_xlsx(path, {"Providers": [[*header, "Publication Date"], *rows]})


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Quarter:
    """Make a pack, read newer data in, make the next pack and compare the two."""
    place = tmp_path_factory.mktemp("quarter")
    data = place / "data"
    shutil.copytree(root / "data" / "raw", data / "raw")
    before = digests(data / "raw")
    env = os.environ | {"NHSI_DATA": str(data)}

    def nhsi(*arguments: str) -> str:
        command = [sys.executable, "-c", "from nhsi_analysis.cli import main; main()", *arguments]
        done = subprocess.run(command, cwd=place, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    for name, said in (("old", "2018-19Q4"), ("new", "2019-20Q2")):
        (place / f"{name}.toml").write_text(SPEC.format(quarter=said))
    nhsi("pack", "old.toml", "--out", "old")
    file = newer_file(data / "raw", place / "Latest_ratings.xlsx")
    nhsi("data", "ingest", file.name, "--date", NEWER)
    return Quarter(
        place / "old",
        place / "new",
        before,
        data,
        listed=nhsi("data", "list"),
        # The pack made before knows that it is no longer what would be made.
        dry_run=nhsi("pack", "old.toml", "--out", "old", "--dry-run"),
        compared=nhsi("pack", "new.toml", "--out", "new") and nhsi("compare", "old", "new"),
    )


def test_the_newer_table_is_used_and_the_shipped_ones_stay_as_they_were(quarter: Quarter) -> None:
    (newer,) = (quarter.data / "processed").glob("*.parquet")
    line = next(row for row in quarter.listed.splitlines() if row.startswith("cqc_trust_ratings"))
    assert newer.name in line
    assert "2 of 2 reports would run" in quarter.dry_run
    assert digests(quarter.data / "raw") == quarter.raw_before
    manifest = json.loads((quarter.new / "manifest.json").read_text())
    read = {table["name"]: path for path, table in manifest["tables"].items()}
    assert read["cqc_trust_ratings"] == f"data/processed/{newer.name}"
    assert read["trusts"] == "data/raw/trusts.csv"


def test_the_comparison_says_first_that_the_conclusion_is_another(quarter: Quarter) -> None:
    lines = quarter.compared.splitlines()
    packs = r"from Quarter 4 of 2018/19, commit .+, to Quarter 2 of 2019/20, commit .+"
    assert re.fullmatch(f"Ratings and a trust: {packs}", lines[0])
    heads = ("conclusions: 2 changed", "findings: ", "data files: 1 differ", "reports: ")
    places = [next(i for i, row in enumerate(lines) if row.startswith(h)) for h in heads]
    assert places == sorted(places)
    conclusions = "\n".join(lines[places[0] : places[1]])
    assert conclusions.index("04_cqc_rating_shifts") < conclusions.index("05_trust_profile")
    assert "then: Between 3 September 2018 and 1 March 2019, 18 of 226 trusts" in conclusions
    assert f"now: Between 1 March 2019 and 1 September 2019, {RISEN} of 226 trusts" in conclusions
    assert "now below 5%" in conclusions
    assert "Good -> Outstanding: another verdict" in conclusions
    assert "within the intervals" not in quarter.compared
    rows = lines[places[2] + 1]
    assert "stands in place of data/raw/cqc_trust_ratings.csv: 1,356 rows added" in rows
    assert rows.endswith("all of snapshot 1 September 2019")
    (beside,) = quarter.new.glob("compare-*.csv")
    with beside.open(encoding="utf-8-sig") as file:
        added = list(csv.DictReader(file))
    assert {row["change"] for row in added} == {"added"}
    assert {row["snapshot"] for row in added} == {NEWER}


@pytest.mark.parametrize("width", [1280, 320])
def test_the_comparison_is_a_page_like_any_other(
    quarter: Quarter, open_page: Open, width: int
) -> None:
    with open_page(quarter.new / "compare.html", width=width) as page:
        assert page_rules.axe_violations(page) == []
        assert not page_rules.scrolls_sideways(page)
        assert page_rules.nests(page_rules.heading_levels(page))
        broken = [
            link
            for link in page.locator("a[href]:not([href^='#'], [href^='mailto:'])").evaluate_all(
                "all => all.map(a => a.getAttribute('href'))"
            )
            if not (quarter.new / link).is_file()
        ]
        assert broken == []


def test_a_page_sent_on_alone_asks_for_nothing_and_still_answers(
    quarter: Quarter, open_page: Open, tmp_path: Path
) -> None:
    (page,) = quarter.new.glob("reports/05_trust_profile*.html")
    alone = tmp_path / "elsewhere" / "page.html"
    alone.parent.mkdir()
    shutil.copy(page, alone)
    record = json.loads((quarter.new / "manifest.json").read_text())
    with open_page(alone) as opened:
        assert opened.evaluate("performance.getEntriesByType('resource').length") == 0
        assert opened.locator("figure svg").count() > 0
        assert "CQC rated Guy's and St Thomas'" in opened.locator(".lede").inner_text()
        head = opened.locator("header.bar").inner_text()
        for answer in (
            *("The ratings desk", "Independent of the NHS", "Quarter 2 of 2019/20"),
            "Data as at 1 September 2019",
        ):
            assert answer in head
        foot = opened.locator("footer")
        asked = foot.locator("a[href^='mailto:desk@example.org']")
        assert asked.count() == 1
        assert f"commit {record['git']['commit'][:10]}" in foot.inner_text()
        # What leads to other files says that it needs them; nothing else does.
        outward = "a[href]:not([href^='#'], [href^='https:'], [href^='data:'], [href^='mailto:'])"
        others = foot.locator("nav", has_text="work where the pack's folder is")
        assert opened.locator(outward).count() == others.locator(outward).count() > 0
