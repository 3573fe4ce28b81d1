"""What a report reads, noted when it reads it: it may stand only while none of that changes.

Python tells of the files it opens, the folders it lists and the processes it starts. Arrow reads
files by itself and is asked for their names; whatever else reads unseen (databases, other
processes, the network, compiled libraries that aren't known here) is noted by name, and a report
that used it always runs again. The clock, and sizes or dates of files, are not watched.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import site
import stat
import sys
import sysconfig
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import unquote, urlsplit

CHANGED = "changed while it was read"
"""Stands for the digest of what differed between two readings: no digest equals it."""

ENVIRONMENT = "#environment "
"""Begins the name of an environment variable among what was read."""

_PROCESS, _NETWORK = "another process", "the network"
_UNSEEN = {
    **dict.fromkeys(
        ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty"), _PROCESS
    ),
    **dict.fromkeys(("os.posix_spawn", "os.spawn", "os.startfile"), _PROCESS),
    **dict.fromkeys(("socket.connect", "socket.sendto", "socket.getaddrinfo"), _NETWORK),
    "sqlite3.connect": "a database",
    "ctypes.dlopen": "a library called directly",
}
"""Events of Python that tell of reading that can't be watched."""

_SEEN = frozenset(
    [
        *("PIL", "charset_normalizer", "contourpy", "debugpy", "fontTools", "hypothesis"),
        *("kiwisolver", "markupsafe", "matplotlib", "msgpack", "numpy", "pandas", "psutil"),
        *("pyarrow", "pydantic_core", "rpds", "scipy", "statsmodels", "tornado", "wcwidth"),
        *("wrapt", "yaml", "zmq"),
    ]
)
"""Packages whose compiled parts read no file of a report's but through Python, or Arrow's way."""

_OF_THE_SYSTEM = ("/proc/", "/sys/")
"""What libraries ask about the machine here is no input; a notebook's own question is."""

_ON_BEHALF = (
    *("<frozen os>", "<frozen _collections_abc>", f"{os.sep}os.py", "_collections_abc.py"),
    os.path.join("IPython", "core", "interactiveshell.py"),
)
"""Code through which a notebook's own code opens a file or asks the environment."""

_FINDS_MODULES = re.compile(r"[<\\/](frozen )?importlib\b|\bpkgutil\.py$")
"""Code that lists the folders of sys.path, also the working one, in search of modules."""


class Watch:
    """Notes what this process reads while it is on.

    Attributes
    ----------
    on : bool
        Whether it notes.
    read : dict
        Digest by path (or :data:`ENVIRONMENT` and a name); empty where nothing was there.
    unseen : set of str
        What was used whose reading can't be watched.
    own : set of str
        What it made itself: no input.
    """

    def __init__(self) -> None:
        self.on = False
        self.read: dict[str, str] = {}
        self.unseen: set[str] = set()
        self.own: set[str] = set()
        self._known: dict[tuple[str, int, int, int], str] = {}
        self._busy = threading.local()
        self._machinery = tuple(f"{folder}{os.sep}" for folder in machinery())
        self._mirrored: list[tuple[str, str]] = []
        self._cells = os.devnull

    def start(self) -> None:
        """Begin, in a kernel whose working folder may mirror the one its notebook lies in."""
        from ipykernel import compiler

        self._cells = f"{compiler.get_tmp_directory()}{os.sep}"
        beside = os.environ.get("NHSI_BESIDE")
        if beside:
            here = os.path.realpath(os.getcwd())
            self._mirrored = [(here, beside)]
            self._mirrored += [(os.path.dirname(here), os.path.dirname(beside))]
        sys.addaudithook(self._on_event)
        _listen_to_arrow()
        for environ in (os.environ, getattr(os, "environb", os.environ)):
            environ.__class__ = _Environment
        self.on = True

    def note(self, path: str | bytes | os.PathLike[Any]) -> None:
        """Note that a file or folder is read now."""
        if getattr(self._busy, "noting", False):
            return
        self._busy.noting = True
        try:
            self._note(os.path.realpath(_plain(os.fsdecode(path))))
        finally:
            self._busy.noting = False

    def note_variable(self, name: str | bytes, value: str | bytes | None) -> None:
        """Note that code of the report's own asks for an environment variable."""
        known = ENVIRONMENT + os.fsdecode(name)
        if self.on and known not in self.own and not self._is_machinery(sys._getframe(2)):
            self.read[known] = digest_of_text(value)

    def libraries(self) -> set[str]:
        """Return the packages that may read unseen, by their compiled parts."""
        names = {
            name.partition(".")[0]
            for name, module in list(sys.modules.items())
            if str(getattr(module, "__file__", "")).endswith((".so", ".pyd"))
            and "lib-dynload" not in str(module.__file__)
        }
        return {name for name in names - _SEEN if not name.startswith(("_", "nhsi_analysis"))}

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note an event (an audit hook: it must be quick and never raise)."""
        if not self.on:
            return
        try:
            if event == "open":
                self._opened(arguments[0], arguments[2])
            elif event in {"os.listdir", "os.scandir"}:
                if not _FINDS_MODULES.search(sys._getframe(1).f_code.co_filename):
                    self.note("." if arguments[0] is None else arguments[0])
            elif event == "import":
                if ".popen_" in arguments[0]:  # what starts a process of multiprocessing's
                    self.unseen.add(_PROCESS)
            elif event in _UNSEEN:
                self.unseen.add(_UNSEEN[event])
        except Exception as error:
            self.unseen.add(f"something that can't be followed ({type(error).__name__})")

    def _opened(self, path: Any, flags: Any) -> None:
        if isinstance(path, int) or getattr(self._busy, "noting", False):
            return
        text = os.fsdecode(path)
        if text.startswith(self._machinery):
            return
        text = os.path.abspath(text)
        if text.startswith(_OF_THE_SYSTEM) and self._is_machinery(sys._getframe(2)):
            return
        flags = flags if isinstance(flags, int) else os.O_RDONLY
        access = flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
        anew = bool(flags & (os.O_TRUNC | os.O_EXCL)) and access != os.O_RDONLY
        if not anew and access != os.O_WRONLY:
            self.note(text)
        if access != os.O_RDONLY and not flags & os.O_EXCL:
            self._part_from(text, anew)
        if anew:
            self.own.add(os.path.realpath(text))

    def _is_machinery(self, frame: FrameType) -> bool:
        """Return whether a library asks, for itself."""
        while frame.f_code.co_filename.endswith(_ON_BEHALF) and frame.f_back is not None:
            frame = frame.f_back
        return frame.f_code.co_filename.startswith((*self._machinery, "<frozen "))

    def _part_from(self, path: str, anew: bool) -> None:
        """Give a report its own copy of a mirrored file before it writes over it."""
        if self._mirrored and os.path.dirname(path) == self._mirrored[0][0]:
            self._busy.noting = True
            try:
                if os.path.islink(path) and os.path.isfile(path):
                    original = os.path.realpath(path)
                    os.unlink(path)
                    if not anew:
                        shutil.copyfile(original, path)
            finally:
                self._busy.noting = False

    def _note(self, path: str) -> None:
        if path.endswith(".pyc"):
            with contextlib.suppress(ValueError):  # one that lies elsewhere is read as it is
                path = importlib.util.source_from_cache(path)
        # ipykernel supposes its cells to lie in a folder that isn't there.
        if f"{path}{os.sep}".startswith((*self._machinery, self._cells)) or path in self.own:
            return
        for here, beside in self._mirrored:
            if path == here or path.startswith(here + os.sep):
                path = beside + path[len(here) :]
                break
        try:
            status = os.stat(path)
        except OSError:
            found = ""
        else:
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                if path != os.devnull:
                    self.unseen.add("a pipe or device")
                return
            key = (path, status.st_ino, status.st_size, status.st_mtime_ns)
            found = self._known.get(key) or digest_of_path(Path(path))
            self._known[key] = found
        if self.read.setdefault(path, found) != found:
            self.read[path] = CHANGED


class _Environment(os._Environ):  # type: ignore[type-arg]
    """The environment, telling of the variables that a report's own code asks for."""

    def __getitem__(self, key: Any) -> Any:
        WATCH.note_variable(key, self._data.get(self.encodekey(key)))  # type: ignore[attr-defined]
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        WATCH.own.add(ENVIRONMENT + os.fsdecode(key))


def machinery() -> list[str]:
    """Return the folders of the interpreter, the environment's packages and this package.

    Their changes are noticed by versions and by this package's digest.
    """
    found = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [entry for entry in sys.path if entry.endswith(".zip")]
    found += [*site.getsitepackages(), site.getusersitepackages(), str(Path(__file__).parents[1])]
    return sorted({folder for path in found for folder in (path, os.path.realpath(path))})


def of_the_environment(module: str) -> bool:
    """Return whether a module is the interpreter's, an installed package's or this package's."""
    try:
        spec = importlib.util.find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return False
    origin = "" if spec is None else str(spec.origin)
    return origin in {"built-in", "frozen"} or origin.startswith(tuple(machinery()))


def digest_of_path(path: Path) -> str:
    """Return the SHA-256 of a file's content or a folder's list of names; empty for neither."""
    try:
        if path.is_dir():
            return hashlib.sha256("\0".join(sorted(os.listdir(path))).encode()).hexdigest()
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def digest_of_text(value: str | bytes | None) -> str:
    """Return the SHA-256 of a variable's value; empty where it isn't set."""
    return "" if value is None else hashlib.sha256(os.fsencode(value)).hexdigest()


def _plain(path: str) -> str:
    """Return the path of a file's address."""
    return unquote(urlsplit(path).path) if path.startswith("file://") else path


def _listen_to_arrow() -> None:
    """Have Arrow, which opens files by itself, tell of each path it is given."""
    import pyarrow.fs

    def telling(ask: Callable[..., Any]) -> Callable[..., Any]:
        def told(path: Any, *more: Any, **named: Any) -> Any:
            if WATCH.on and isinstance(path, str | bytes | os.PathLike):
                WATCH.note(path)
                if os.path.isdir(_plain(os.fsdecode(path))):
                    WATCH.unseen.add("a folder read by Arrow")
            return ask(path, *more, **named)

        return told

    class LocalFileSystem(pyarrow.fs.LocalFileSystem):  # type: ignore[misc]  # not annotated
        """A file system of Arrow's own, whose files aren't told of one by one."""

        def __init__(self, *given: Any, **named: Any) -> None:
            asking = str(sys._getframe(1).f_globals.get("__name__", ""))
            if WATCH.on and not asking.startswith("pyarrow"):
                WATCH.unseen.add("a file system of Arrow's")
            super().__init__(*given, **named)

    # Modules of Arrow's that are loaded later take the names from these.
    for module in [m for name, m in list(sys.modules.items()) if name.startswith("pyarrow")]:
        for name in ("_stringify_path", "encode_file_path"):
            if hasattr(module, name):
                setattr(module, name, telling(getattr(module, name)))
    pyarrow.fs.LocalFileSystem = LocalFileSystem


WATCH = Watch()
"""This process's."""
