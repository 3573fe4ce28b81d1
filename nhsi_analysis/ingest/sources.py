"""Open a publisher's file by what it holds, whatever its ending says."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.reading import heading, label

WORKBOOK_ENDINGS: Final = {".xlsx", ".xlsm", ".xls", ".ods"}
HEADER_WITHIN: Final = 60
OLE: Final = bytes.fromhex("D0CF11E0A1B11AE1")
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"

Row = list[Any]


def positions(cells: Iterable[object]) -> dict[str, list[int]]:
    """Return where each heading stands, by its :func:`label`; cells without one are left out."""
    found: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        if name := label(cell):
            found.setdefault(name, []).append(position)
    return found


@dataclass(frozen=True)
class Headed:
    """A table with its headings.

    Parameters
    ----------
    file : str
        File and sheet, as an error names them.
    header_row : int
        Row of the header, the first row being 1.
    columns : dict
        Positions of each heading, by its :func:`label`.
    """

    file: str
    header_row: int
    columns: dict[str, list[int]]

    def optional(self, *names: str) -> int | None:
        """Return the position of the first of some headings there is, or None; never one of two.

        Spaces, underscores and case don't count.
        """
        places: dict[str, list[int]] = {}
        for written, at in self.columns.items():
            places.setdefault(heading(written), []).extend(at)
        name = next((n for n in names if heading(n) in places), None)
        if name is None:
            return None
        found = places[heading(name)]
        if len(found) > 1:
            raise DataError(
                self.file,
                f"heading appears {len(found)} times, so that which column is meant can't be told",
                row=self.header_row,
                column=name,
                remedy="Rename or delete the columns that are not meant",
            )
        return found[0]

    def column(self, *names: str) -> int:
        """Return the position of the first of some headings there is, or stop."""
        found = self.optional(*names)
        if found is None:
            raise DataError(
                self.file,
                f"column is missing; found: {', '.join(map(repr, list(self.columns)[:30]))}",
                row=self.header_row,
                column=" or ".join(names),
                remedy="Check that this is the publisher's file, with its headings unchanged",
            )
        return found


@dataclass(frozen=True)
class Sheet(Headed):
    """The rows of a sheet below its header.

    Parameters
    ----------
    file, header_row, columns
        As in :class:`Headed`.
    rows : iterable of list
        Rows below the header, to be gone through once.
    height : int
        How many they are.
    """

    rows: Iterable[Row]
    height: int


@dataclass
class Source:
    """A publisher's file, opened.

    Parameters
    ----------
    path : Path
        The file.
    content : bytes
        What it holds.
    """

    path: Path
    content: bytes

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    @cached_property
    def sha256(self) -> str:
        """Checksum of the file."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def is_workbook(self) -> bool:
        """Whether the file holds sheets; text otherwise."""
        return self.content[:4] == ZIP or self.content[:8] == OLE

    @cached_property
    def _workbook(self) -> Any:
        from io import BytesIO

        from python_calamine import CalamineError, CalamineWorkbook, PasswordError

        self._refuse_broken_container()
        try:
            return CalamineWorkbook.from_filelike(BytesIO(self.content))
        except PasswordError:
            raise self._protected() from None
        except (CalamineError, OSError, ValueError) as error:
            raise self._unread(str(error)) from None

    def _refuse_broken_container(self) -> None:
        if self.content[:8] == OLE:
            if "EncryptedPackage".encode("utf-16-le") in self.content:
                raise self._protected()
            return
        try:
            with zipfile.ZipFile(self.path) as container:
                names = set(container.namelist())
                manifest = b""
                if "META-INF/manifest.xml" in names:
                    manifest = container.read("META-INF/manifest.xml")
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise self._damaged(str(error)) from None
        if b"encryption-data" in manifest:
            raise self._protected()
        if not names & {"content.xml", "xl/workbook.xml", "xl/workbook.bin"}:
            raise DataError(
                self.name, "is an archive, not a workbook", remedy="Unpack it and give its files"
            )

    def _protected(self) -> DataError:
        return DataError(
            self.name,
            "is protected with a password",
            remedy="Save a copy without the password and give that",
        )

    def _damaged(self, reason: str) -> DataError:
        return DataError(
            self.name,
            f"is cut off or damaged ({_first_line(reason)})",
            remedy="Download it again",
        )

    def _unread(self, reason: str) -> DataError:
        """Say what the reader made of a workbook whose container is whole: another may read it."""
        try:
            with zipfile.ZipFile(self.path) as container:
                whole = container.testzip() is None
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
            whole = False
        if not whole:
            return self._damaged(reason)
        return DataError(
            self.name,
            f"is complete but written in a way that can't be read here ({_first_line(reason)})",
            remedy="Open it in a spreadsheet and save it again",
        )

    @cached_property
    def sheet_names(self) -> list[str]:
        """Names of the sheets; none for text."""
        return list(self._workbook.sheet_names) if self.is_workbook else []

    @property
    def text(self) -> str:
        """The file as text: UTF-8, UTF-16 by its mark of byte order, or else Windows-1252.

        A DataError says when it is a damaged archive, empty, or no text.
        """
        return self._decoded[0]

    @property
    def encoding(self) -> str:
        """What :attr:`text` is read as: "UTF-8", "UTF-16" or "Windows-1252"."""
        return self._decoded[1]

    @cached_property
    def _decoded(self) -> tuple[str, str]:
        content = self.content
        if content[:2] == GZIP:
            try:
                content = gzip.decompress(content)
            except (OSError, EOFError, zlib.error) as error:
                raise self._damaged(str(error)) from None
        if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            text, encoding = content.decode("utf-16", errors="replace"), "UTF-16"
        else:
            try:
                text, encoding = content.decode("utf-8-sig"), "UTF-8"
            except UnicodeDecodeError:
                text, encoding = content.decode("cp1252", errors="replace"), "Windows-1252"
        if "\x00" in text:
            raise DataError(
                self.name,
                "is neither a workbook nor text in UTF-8, UTF-16 or Windows-1252",
                remedy="Give the publisher's file as it is, and save a table of your own as "
                "CSV in UTF-8",
            )
        if not text.strip():
            raise DataError(self.name, "is empty", remedy="Download it again")
        return text, encoding

    def has_sheet(self, name: str) -> bool:
        """Say whether there is a sheet of that name, in any case and spacing."""
        return label(name) in map(label, self.sheet_names)

    def _open_sheet(self, name: str) -> tuple[str, Any]:
        from python_calamine import CalamineError

        actual = next((s for s in self.sheet_names if label(s) == label(name)), None)
        if actual is None:
            raise DataError(
                self.name,
                f"sheet {name!r} is missing; its sheets: "
                + ", ".join(map(repr, self.sheet_names[:12])),
                remedy="Check that this is the publisher's file, with its sheets unchanged",
            )
        try:
            sheet = self._workbook.get_sheet_by_name(actual)
        except (CalamineError, OSError, ValueError) as error:
            raise self._unread(f"sheet {actual!r}: {error}") from None
        if sheet.start is None:
            raise DataError(
                f"{self.name}, sheet {actual!r}", "is empty", remedy="Download the file again"
            )
        return f"{self.name}, sheet {actual!r}", sheet

    def top(self, name: str) -> list[Row]:
        """Return the rows of a sheet among which its header is; none where it is empty."""
        # Every kind looks at them, and opening a sheet reads all of it.
        if name not in self._tops:
            try:
                _, sheet = self._open_sheet(name)
            except DataError:
                self._tops[name] = []
            else:
                self._tops[name] = list(islice(_rows(sheet), HEADER_WITHIN))
        return self._tops[name]

    @cached_property
    def _tops(self) -> dict[str, list[Row]]:
        return {}

    def cells(self, name: str) -> list[Row]:
        """Return all rows of a sheet, for forms read by place."""
        return list(_rows(self._open_sheet(name)[1]))

    def sheet(self, name: str, headings: Sequence[str]) -> Sheet:
        """Return a sheet, its header found below any preamble: the row with most of some headings.

        A DataError says when the sheet is missing or empty, or no row has any of the headings.
        """
        file, sheet = self._open_sheet(name)
        rows = _rows(sheet)
        top = list(islice(rows, HEADER_WITHIN))
        at = header_among(top, headings, file)
        # Rows are handed on one by one: a third of a million of them would fill the memory.
        below = chain(top[at + 1 :], rows)
        return Sheet(file, at + 1, positions(top[at]), below, sheet.end[0] - at)


def header_among(top: Sequence[Sequence[object]], headings: Sequence[str], file: str) -> int:
    """Return which of the first rows has most of some headings; a DataError where none has any."""
    wanted = set(map(heading, headings))
    scores = [len(wanted & set(map(heading, row))) for row in top]
    if not any(scores):
        raise DataError(
            file,
            f"no row has any of the headings {', '.join(map(repr, headings))}",
            column=headings[0],
            remedy="Check that this is the publisher's file, with its headings unchanged",
        )
    return scores.index(max(scores))


def _first_line(reason: str) -> str:
    return next(iter(reason.strip().splitlines()), "unreadable")


def _rows(sheet: Any) -> Iterator[Row]:
    """Go through a sheet from its first row and column, used or not."""
    # calamine leaves out unused columns at the left, though not unused rows at the top.
    left: Row = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        yield left + row if left else row


def open_source(path: Path) -> Source:
    """Open a publisher's file: a workbook (.xlsx, .xls, .ods), or text, which may be gzipped.

    A DataError says when it is missing or empty, or text with a workbook's ending.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(path.name, "is missing", remedy="Check the path") from None
    except (IsADirectoryError, PermissionError) as error:
        raise DataError(path.name, f"can't be read: {error.strerror}") from None
    if not content.strip(b"\x00 \r\n\t"):
        raise DataError(path.name, "is empty", remedy="Download it again")
    source = Source(path, content)
    if not source.is_workbook and path.suffix.lower() in WORKBOOK_ENDINGS:
        if content[:2] == ZIP[:2]:
            raise DataError(path.name, "is cut off or damaged", remedy="Download it again")
        raise DataError(
            path.name,
            f"is not a workbook, though it ends in {path.suffix}",
            remedy="If it is comma-separated text, give it the ending .csv",
        )
    return source
