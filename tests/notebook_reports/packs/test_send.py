"""A page that is mailed: the same page, which leads to nothing that stays behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bs4
import pytest

NHSI = str(Path(sys.executable).with_name("nhsi"))


@pytest.fixture(name="pack", scope="module")
def _pack(tmp_path_factory) -> Path:
    """Make a pack of three reports, of which one fails."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    folder = tmp_path_factory.mktemp("sent")
    cells = [
        new_markdown_cell("# How many?\n\n[All](#more), [elsewhere](https://example.org/a)"),
        new_code_cell("number: int = 1  # A number", metadata={"tags": ["parameters"]}),
        new_code_cell(
            "import pandas as pd\nfrom notebook_reports import report\n"
            "report.lede(f'{6 // number} things.')\n"
            "report.table(pd.DataFrame({'a': [1]}), key='t', caption='A table', source='Made up')"
        ),
        new_markdown_cell("## More\n\nText."),
    ]
    nbformat.write(new_notebook(cells=cells), folder / "demo.ipynb")
    (folder / "pack.toml").write_text(
        'title = "T"\n[[reports]]\nnotebook = "demo"\nfor_each.values.number = [1, 2, 0]\n'
    )
    run = [NHSI, "pack", str(folder / "pack.toml"), "--out", str(folder / "out")]
    assert subprocess.run(run, capture_output=True).returncode == 1
    return folder / "out"


def send(pack: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [NHSI, "send", *map(str, arguments), "--from", str(pack)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_sent_page_is_the_page_without_its_ways_to_others(pack, tmp_path):
    done = send(pack, "demo-2", "--out", tmp_path / "for you.html")
    assert done.stdout.splitlines()[0] == f"mail {tmp_path / 'for you.html'}"
    sent, page = (
        bs4.BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in (tmp_path / "for you.html", pack / "reports" / "demo-2.html")
    )
    led = [link["href"] for link in sent.find_all(href=True)]
    assert all(to.startswith(("#", "data:", "https://", "mailto:")) for to in led)
    anchors = {part["id"] for part in sent.find_all(id=True)}
    assert {to[1:] for to in led if to.startswith("#")} <= anchors
    assert all(part["src"].startswith("data:") for part in sent.find_all(src=True))
    others = page.find("nav", attrs={"aria-label": "Other pages"})
    assert {link["href"] for link in others.find_all("a")} >= {"../index.html", "demo-1.html"}
    others.decompose()
    assert str(sent).split() == str(page).split()


def test_a_report_is_named_by_what_means_it_alone(pack):
    assert send(pack, "many? 1").stdout.startswith(f"mail {pack}/send/demo-1.html\n")
    for report, words in (
        ("demo", f"'demo' means several reports of {pack}: demo-1 and demo-2"),
        ("zzz", f"'zzz' means no report of {pack}, which holds: demo-1 and demo-2"),
        ("demo-0", "demo-0 is failed: there is no page to send"),
    ):
        refused = send(pack, report)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert words in refused.stderr
    assert "holds no pack" in send(pack / "nowhere", "demo-1").stderr


def test_a_number_or_word_that_means_a_failed_report_says_so(pack):
    assert "demo-0 is failed: there is no page to send" in send(pack, "demo-0").stderr
    assert "demo-0 is failed: there is no page to send" in send(pack, "0").stderr


def test_a_folder_is_written_into(pack, tmp_path):
    done = send(pack, "demo-2", "--out", tmp_path)
    assert done.stdout.splitlines()[0] == f"mail {tmp_path / 'demo-2.html'}"
    assert (tmp_path / "demo-2.html").is_file()


@pytest.mark.parametrize("name", ["manifest.json", "index.html", "reports/demo-2.html", "new.html"])
def test_no_file_of_the_pack_itself_is_written_over(pack, name):
    before = sorted((path, path.read_bytes()) for path in pack.rglob("*") if path.is_file())
    done = send(pack, "demo-2", "--out", pack / name)
    assert done.returncode == 2
    assert "among the pack's own files: name one outside" in done.stderr
    assert sorted((p, p.read_bytes()) for p in pack.rglob("*") if p.is_file()) == before


def test_a_pack_is_named_by_its_manifest_too(pack, tmp_path):
    done = send(pack / "manifest.json", "demo-2", "--out", tmp_path / "a.html")
    assert done.returncode == 0
    assert (tmp_path / "a.html").is_file()
