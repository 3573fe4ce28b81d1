"""Evidence shows itself: a line in a terminal, the page's own look in a notebook."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure as Picture
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from notebook_reports import report
from notebook_reports.charts.bars import bars
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import (
    Answer,
    Estimate,
    Figure,
    Finding,
    Section,
    Table,
    Units,
    Words,
)

DATA = pd.DataFrame({"ward": ["A", "B"] * 400, "beds": [3.0, 4.0] * 400})
SHARE = Estimate(0.448, 0.385, 0.512, "share", 230, "of trusts rated good", 0.95)


def figure() -> Figure:
    drawn = bars(DATA.head(2), group="ward", value="beds", x_label="Beds")
    said = "Bars by ward: 3 beds in A, 4 in B."
    return Figure(drawn, "beds", "B has a bed more", "Beds by ward, 2019", "Made up", said, DATA)


PARTS = [
    (Words("There are **3** beds. " * 90), "Words 'There are **3** beds."),
    (Answer("Three of four."), "Answer 'Three of four.'"),
    (Finding("good", SHARE), "Finding 'good': 44.8% (38.5% to 51.2%), of trusts rated good"),
    (figure(), "Figure 'beds': B has a bed more (data: 800 rows)"),
    (Table(DATA, "wards", "Beds by ward", "Made up"), "Table 'wards': Beds by ward (800 rows)"),
]


@pytest.mark.parametrize(("part", "said"), PARTS, ids=lambda p: type(p).__name__)
def test_a_part_is_a_line(part: object, said: str) -> None:
    assert repr(part).startswith(said)
    assert len(repr(part)) < 200
    assert "\n" not in repr(part)


def test_an_estimate_says_its_level_kind_base_and_day() -> None:
    assert repr(SHARE) == (
        "Estimate 44.8% (95% confidence interval 38.5% to 51.2%), of trusts rated good, n=230"
    )
    assert repr(Estimate(74, n=226, label="of 226", as_at="2019-03-01")) == (
        "Estimate 74, of 226, n=226, 2019-03-01"
    )
    assert repr(Estimate(3.6, 3.55, 3.65, "GBP bn", kind="rounding range")) == (
        "Estimate £3.60bn (rounding range £3.55bn to £3.65bn)"
    )
    assert SHARE._repr_html_().startswith("<p>44.8% (95% confidence")


def test_units_are_counted() -> None:
    names = {f"R{n}": "Leeds" for n in range(200)}
    assert repr(Units("trust", names, names)) == "Units 200 trusts"


def test_a_section_that_ends_a_cell_shows_what_report_show_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from notebook_reports.report import calls

    def section() -> Section:
        others = [part for part, _ in PARTS if not isinstance(part, Figure)]
        return Section("Beds", [*others, figure()])

    def run(show: Callable[[], None]) -> list[str]:
        shown: list[str] = []
        monkeypatch.setattr(calls, "_numbers", calls.Numbers())
        monkeypatch.setattr(calls, "_display", lambda _, block, html, *more: shown.append(html))
        assert show() is None  # type: ignore[func-returns-value]
        return shown

    shown = run(lambda: report.show(section()))
    assert run(section()._ipython_display_) == shown
    assert sum(html.count("<img ") for html in shown) == 1
    # A result that is shown by hand takes no other number than the page gives it.
    assert calls._numbers == {"tab-wards": "Table 1", "fig-beds": "Figure 1"}


def test_a_section_at_the_end_of_a_cell_is_shown_once(tmp_path: Path) -> None:
    cells = ["from notebook_reports import report", "report.show(SECTION)", "SECTION"]
    made = "__import__('notebook_reports.evidence').evidence.Section('Beds', [WORDS])"
    words = "__import__('notebook_reports.evidence').evidence.Words('Three beds.')"
    notebook = new_notebook(
        cells=[
            new_code_cell(cell.replace("SECTION", made).replace("WORDS", words)) for cell in cells
        ]
    )
    ran = NotebookClient(notebook, kernel_name="python3").execute()
    first, shown, ended = (cell.outputs for cell in ran.cells)
    assert not first
    assert len(shown) == len(ended) == 1
    assert shown[0].data == ended[0].data
    assert shown[0].output_type == ended[0].output_type == "display_data"


def test_evidence_alone_is_plain_and_the_helper_brings_the_look() -> None:
    code = (
        "import sys; from notebook_reports.evidence import parts, Words; {}; "
        "print('matplotlib' in sys.modules, parts._drawer is None)"
    )

    def run(more: str) -> str:
        made = [sys.executable, "-c", code.format(more)]
        return subprocess.run(made, capture_output=True, text=True, check=True).stdout

    assert run("pass") == "False True\n"
    assert run("from nhsi_analysis import answers") == "False False\n"


def test_without_a_drawer_ipython_shows_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notebook_reports.evidence.parts._drawer", None)
    with pytest.raises(NotImplementedError):
        Words("a")._ipython_display_()


@pytest.mark.parametrize("end", ["png", "svg", "pdf"])
def test_a_figure_is_saved_with_its_description(tmp_path: Path, end: str) -> None:
    shown, path = figure(), tmp_path / f"beds.{end}"
    assert shown.save(path) == shown.alt
    first = path.read_bytes()
    figure().save(str(path))
    assert path.read_bytes() == first
    assert b"Bars by ward" in first
    if end == "png":
        with Image.open(path) as image:
            assert image.info["Description"] == shown.alt
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
            assert image.width == round(8.2 * 300)
    if end == "svg":
        assert b"<text" not in first  # a reader may lack the font


def test_a_figure_of_any_style_is_saved_and_another_ending_refused(tmp_path: Path) -> None:
    plain = Picture(figsize=(2, 1))
    plain.add_subplot().plot([1, 2])
    shown = Figure(plain, "line", "It rises", "Made up", "Made up", "A line that rises.", DATA)
    assert shown.save(tmp_path / "line.PNG") == "A line that rises."
    with pytest.raises(ParameterError, match=r"must end in \.png, \.svg or \.pdf"):
        shown.save(tmp_path / "line.jpg")


def test_a_picture_stays_the_same_however_often_it_is_drawn(tmp_path: Path) -> None:
    shown = figure()
    places = []
    for _ in range(4):
        shown.save(tmp_path / "beds.png")
        places.append(shown.picture.axes[0].xaxis.label.get_position())
    assert places[-1] == pytest.approx(places[0], abs=0.002)
