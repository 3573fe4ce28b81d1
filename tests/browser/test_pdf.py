from __future__ import annotations

from pathlib import Path

import pytest

from notebook_reports.packs import pdf

pytestmark = pytest.mark.browser


def test_a_page_prints_to_a_tagged_pdf(chromium: str, sample_page: Path) -> None:
    content = pdf.print_pdf(sample_page.read_text(encoding="utf-8"))
    assert content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in content
    assert b"/Outlines" in content


def test_without_chromium_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NHSI_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pdf.PdfError, match=r"install one .* set NHSI_CHROMIUM .* leave out --pdf"):
        pdf.print_pdf("<p>page</p>")


def test_a_wrong_path_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHSI_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(pdf.PdfError, match="names '/nowhere/chromium', which is no program"):
        pdf.find_chromium()


def test_a_chromium_that_prints_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHSI_CHROMIUM", "false")
    with pytest.raises(pdf.PdfError, match="printed nothing"):
        pdf.print_pdf("<p>page</p>")
