"""Who speaks: said in a pack, at the project's root or by option, checked, and on every page."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from notebook_reports.errors import PackError
from notebook_reports.packs import compare, leaves
from notebook_reports.packs.imprint import (
    LONGEST_TITLE,
    NOBODY,
    Imprint,
    contact_html,
    first_day,
    reachable,
    short_title,
)
from notebook_reports.packs.outcome import Failure
from notebook_reports.packs.plan import build_plan
from notebook_reports.packs.run import Options, decide, run
from notebook_reports.packs.shell import render_page
from notebook_reports.packs.spec import parse_spec, read_spec

PACK = 'title = "A pack"\n[[reports]]\nnotebook = "said"\nparameters.day = "1 May 2020"\n'
SAYS = """\
from notebook_reports import report
from notebook_reports.evidence import Answer
report.show(Answer("It holds.", as_at=f"{day}, the newest list"))
"""
TEAM = {
    "publisher": "Team <b>&</b> Co",
    "standing": "Independent of everybody",
    "contact": "Write to team@example.org or see https://example.org/ask.",
}


def content(**said: object) -> dict[str, object]:
    return {"title": "T", "reports": [{"notebook": "said"}], **said}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_notebook) -> Path:
    """Return a project's folder with one pack and one notebook."""
    monkeypatch.setenv("NHSI_HOME", str(tmp_path))
    monkeypatch.setattr("nhsi_analysis.project.HelperProject.root", lambda self: tmp_path)
    make_notebook("said", 'day: str = ""  # A day', SAYS)
    (tmp_path / "pack.toml").write_text(PACK)
    return tmp_path


def test_nothing_need_be_said_and_what_isn_t_published_is_a_draft():
    assert parse_spec(content()).imprint() == NOBODY == Imprint(status="draft")


def test_a_financial_quarter_is_told_in_words_and_limits_the_data_and_words_do_not():
    spec = parse_spec(content(quarter="2018-19Q3"))
    assert (spec.ends, spec.imprint().quarter) == ("2018-19Q3", "Quarter 3 of 2018/19")
    spec = parse_spec(content(quarter="Quarter 3 of 2018/19"))
    assert (spec.ends, spec.imprint().quarter) == (None, "Quarter 3 of 2018/19")
    assert spec.imprint(quarter="2019-20Q1").quarter == "Quarter 1 of 2019/20"


@pytest.mark.parametrize("update", ["2026-12-01", date(2026, 12, 1)])
def test_a_date_of_the_next_update_is_written_for_readers(update):
    assert parse_spec(content(next_update=update)).imprint().next_update == "1 December 2026"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"publisher": ""}, r"publisher: must be one line of 1 to 200 characters, or be left out"),
        ({"contact": "a\nb"}, r"contact: must be one line"),
        ({"standing": "x" * 201}, r"standing: must be one line"),
        ({"publisher": 7}, r"publisher: must be text in quotes"),
        ({"next_update": "2026-02-31"}, r"next_update: must be a day of the calendar, or words"),
        ({"status": "final"}, r"status: .*'draft' or 'published'"),
        ({"quarter": "2018-19Q5"}, r"2018-19Q5.* write it like 2018-19Q2 .* or name it in words"),
        ({"status": "published"}, r'status "published" needs a publisher'),
        (
            {"status": "published", "publisher": "A team", "contact": "whoever sent it"},
            r"needs a contact that holds an e-mail or web address",
        ),
    ],
)
def test_what_is_said_is_checked(said, words):
    with pytest.raises(PackError, match=f"p\\.toml can't be run:\n  .*{words}") as caught:
        parse_spec(content(**said), "p.toml")
    assert str(caught.value).count("\n") == 1


def test_the_team_is_named_once_a_pack_overrides_it_and_the_command_line_both(home):
    (home / "publisher.toml").write_text('publisher = "The team"\ncontact = "a@example.org"\n')
    assert read_spec(home / "pack.toml").imprint().publisher == "The team"
    (home / "pack.toml").write_text(f'publisher = "Another team"\n{PACK}')
    assert read_spec(home / "pack.toml").imprint().publisher == "Another team"
    told = read_spec(home / "pack.toml", {"publisher": "You", "status": "published"}).imprint()
    assert (told.publisher, told.contact, told.status) == ("You", "a@example.org", "published")


def test_a_pack_from_elsewhere_is_not_the_team_s(home, tmp_path_factory):
    (home / "publisher.toml").write_text('publisher = "The team"\n')
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "pack.toml"
    elsewhere.write_text(PACK)
    assert read_spec(elsewhere).imprint() == NOBODY


def test_a_fault_names_the_file_it_is_in(home):
    (home / "publisher.toml").write_text('publisher = "The team"\nphone = "1"\n')
    with pytest.raises(PackError, match=r"publisher\.toml can't be used:\n  phone: is not"):
        read_spec(home / "pack.toml")
    (home / "publisher.toml").unlink()
    with pytest.raises(PackError, match=r"the command line can't be used:\n  status: "):
        read_spec(home / "pack.toml", {"status": "ready"})


def test_the_shipped_packs_say_who_speaks(root):
    for name in ("quarterly", "trusts"):
        said = read_spec(root / "packs" / f"{name}.toml").imprint()
        assert all(said.to_dict().values())
        assert "Independent of the NHS" in said.standing
        assert said.status == "draft"


@pytest.mark.parametrize(
    ("contact", "found"),
    [
        ("team@example.org", True),
        ("https://example.org/ask", True),
        ("020 7946 0000", True),
        ("+44 (0)20 7946 0000", True),
        ("Ask the person who sent it", False),
        ("Team of 2018/19", False),
        ("", False),
    ],
)
def test_a_contact_is_one_where_it_can_be_reached(contact, found):
    assert reachable(contact) == found


def test_addresses_become_links_and_nothing_else_is_html():
    html = contact_html(
        "A <b> at a.b@example.org; https://example.org/x?a=1&b=2.", "Page, 1.0 & more"
    )
    soup = BeautifulSoup(html, "html.parser")
    assert [a["href"] for a in soup.find_all("a")] == [
        "mailto:a.b@example.org?subject=Page%2C%201.0%20%26%20more",
        "https://example.org/x?a=1&b=2",
    ]
    assert soup.find("b") is None
    assert soup.get_text() == "A <b> at a.b@example.org; https://example.org/x?a=1&b=2."
    (quoted,) = BeautifulSoup(contact_html("Ask 'o'neil@example.org'", "p"), "html.parser")("a")
    assert quoted["href"] == "mailto:o%27neil@example.org?subject=p"
    (odd,) = BeautifulSoup(contact_html("https://example.org/@me", "p"), "html.parser")("a")
    assert odd["href"] == odd.get_text() == "https://example.org/@me"


@pytest.mark.parametrize(
    ("as_at", "day"),
    [
        ("November 2019 (progress), September 2018 (savings)", "November 2019"),
        ("CQC ratings on 1 March 2019, accounts to 2018/19", "1 March 2019"),
        ("accounts to 2018/19", "2018/19"),
        ("The survey of 2016", "2016"),
        ("no day at all, 12345 rows", ""),
    ],
)
def test_the_head_shows_the_first_day_of_the_data(as_at, day):
    assert first_day(as_at) == day


@pytest.mark.parametrize("first", ["x", "What? " * 20, "y" * 200, "A question, " * 12, "z" * 70])
def test_no_title_is_cut_by_those_who_show_it(first):
    title = short_title(first, "A publisher", "Another part " * 9)
    assert 0 < len(title) <= LONGEST_TITLE
    assert title.startswith(first[:30])


def test_every_page_of_a_pack_says_who_speaks_and_can_be_read_alone(home, make_notebook):
    make_notebook("fails", "number: int = 1  # A number", "1 / 0")
    said = "".join(f"{name} = {json.dumps(text)}\n" for name, text in TEAM.items())
    (home / "pack.toml").write_text(
        f'quarter = "Quarter 3 of 2018/19"\nnext_update = 2027-01-31\n{said}{PACK}'
        '[[reports]]\nnotebook = "fails"\n'
    )
    plan = build_plan(read_spec(home / "pack.toml"), folder=home)
    out = home / "out"
    assert run(plan, out, Options(jobs=2, warm=False)).exit_code == 1
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert Imprint.of(manifest) == plan.imprint
    assert (manifest["quarter"], manifest["publication"]) == ("Quarter 3 of 2018/19", "draft")
    assert manifest["status"] == "failed"
    assert manifest["reports"][0]["as_at"] == "1 May 2020, the newest list"
    with (out / "results.csv").open(encoding="utf-8-sig") as file:
        row = next(csv.DictReader(file))
    assert (row["quarter"], row["publication"]) == ("Quarter 3 of 2018/19", "draft")
    pages = {path.stem: path.read_text() for path in out.rglob("*.html")}
    pages["compare"] = compare.compare_page(compare.compare(out, out))
    assert set(pages) == {"index", "said-1-May-2020", "fails", "compare"}
    for name, html in pages.items():
        soup = BeautifulSoup(html, "html.parser")
        head, foot = (" ".join(part.get_text().split()) for part in (soup.header, soup.footer))
        assert head.startswith(
            "Team <b>&</b> Co · Independent of everybody DRAFT Quarter 3 of 2018/19 ·"
        ), name
        assert ("Data as at 1 May 2020 ·" in head) == (name in {"index", "said-1-May-2020"}), name
        assert "Draft: it may still change" in foot
        assert "31 January 2027" in foot
        assert re.search(r"Version ?\w+ \d\S+, .*made on \d+ \w+ 20\d\d", foot), name
        mail = soup.footer.find("a", href=re.compile("^mailto:team@example.org"))
        assert mail is not None, name
        assert soup.find("meta", attrs={"name": "author"})["content"] == "Team <b>&</b> Co"
        assert len(soup.title.get_text()) <= LONGEST_TITLE
        assert '@bottom-left{content:"DRAFT · Team \\3c b\\3e' in html
        assert not [a for a in soup.header("a") if not a["href"].startswith("#")], name
    soup = BeautifulSoup(pages["said-1-May-2020"], "html.parser")
    nav = soup.footer.nav
    assert "work where the pack's folder is" in nav.get_text()
    assert [a["href"] for a in nav("a")] == ["fails.html", "../index.html"]
    assert [a for a in soup("a") if a["href"].startswith("..")] == nav("a")[1:]
    (previous, index) = BeautifulSoup(pages["fails"], "html.parser").footer.nav("li")
    assert previous.get_text().startswith("Previous report: ")
    assert index.get_text() == "All reports: A pack"


def test_a_change_of_who_speaks_makes_the_pages_anew(home, make_plan):
    report = {"notebook": "said", "parameters": {"day": "x"}}
    out, changed = home / "out", make_plan(report, publisher="Somebody else")
    run(make_plan(report), out, Options(jobs=1))
    (before,), (after,) = (
        decide(plan, out, Options(jobs=1)) for plan in (make_plan(report), changed)
    )
    assert "options" not in before.reason
    assert "it is made with other options" in after.reason
    run(changed, out, Options(jobs=1))
    assert "Somebody else" in (out / "reports" / "said-x.html").read_text()


def test_a_published_page_carries_no_mark_of_a_draft(make_plan):
    imprint = Imprint("A team", status="published")
    html = render_page(title="T", main="<h1>T</h1>", imprint=imprint)
    assert "draft" not in BeautifulSoup(html, "html.parser").get_text().lower().partition("{")[0]
    assert '@bottom-left{content:"A team"' in html


def test_a_page_of_nobody_says_how_to_ask(make_notebook, make_plan):
    (job,) = (
        make_plan({"notebook": "said"}).jobs if make_notebook("said", "n: int = 1  # N") else ()
    )
    soup = BeautifulSoup(leaves.error_page(job, Failure("error", "boom")), "html.parser")
    assert "ask whoever sent you this page" in soup.footer.get_text()
    assert "Made by" not in soup.footer.get_text()
    assert soup.header.strong.get_text() == "Test pack"
