"""What a report reads, noted when it reads it: it may stand only while none of that changes.

Python tells of the files it opens, the folders it lists and the processes it starts. Arrow reads
files by itself and is asked for their names; whatever else reads unseen (databases, other
processes, the network, compiled libraries that aren't known here) is noted by name, and a report
that used it always runs again. The clock, and sizes or dates of files, are not watched.

What is read is noted under its path; under a name that begins with "#", whether something exists,
where a link leads, and the value of an environment variable.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import site
import stat
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import unquote, urlsplit

from notebook_reports import locks, project
from notebook_reports.packs.mirror import Mirror

CHANGED = "changed while it was read"
"""Stands for the digest of what differed between two readings: no digest equals it."""

ENVIRONMENT, EXISTS, LINK = "#environment ", "#exists ", "#link "
"""Begin the names of what was read that is no file's or folder's content."""

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

_FINDS_MODULES = re.compile(r"[<\\/](frozen )?importlib\b")
"""Code that lists the folders of sys.path, also the working one, in search of modules."""

_KNOWN = frozenset(
    [
        *("IPython", "ipykernel", "ipywidgets", "matplotlib_inline", "pandera"),
        *("pydantic", "seaborn", "traitlets", "typing_extensions", *sys.stdlib_module_names),
    ]
)
"""Further modules that bring no compiled library with them that reads unseen."""

_SET_HERE = re.compile(
    r"NHSI_(BESIDE|COMMIT|DATA|DIFFERS|DOCX|HOME|PDF)|JPY_\w+|PYDEVD_\w+|\w+_NUM_THREADS|JE_ARROW_MALLOC_CONF|IPYTHONDIR|TMPDIR|TERM"
    r"|CLICOLOR|CLICOLOR_FORCE|FORCE_COLOR|PAGER|GIT_PAGER|MPLBACKEND"
)
"""Variables that a pack or the kernel sets itself."""

_WRITES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("os.truncate", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"), (0,)),
    **dict.fromkeys(("os.chmod", "os.chown", "os.utime", "sqlite3.connect"), (0,)),
    **dict.fromkeys(("os.link", "os.symlink"), (1,)),
    "os.rename": (0, 1),
}
"""Events of Python that tell of writing, and which of their arguments are the places."""


class Watch:
    """Notes what this process reads while it is on.

    Digests of what was ``read`` stand by path (or :data:`ENVIRONMENT` and a name), empty where
    nothing was there; ``unseen`` is what was used whose reading can't be watched, ``own`` what
    this process made itself: no input.
    """

    def __init__(self) -> None:
        self.on = False
        self.read: dict[str, str] = {}
        self.unseen: set[str] = set()
        self.own: set[str] = set()
        self._own_folders: tuple[str, ...] = ()
        self._digests: dict[tuple[str, int, int, int], str] = {}
        self._busy = threading.local()
        self._machinery: tuple[str, ...] = ()
        self._packages: tuple[str, ...] = ()
        self._mirror: Mirror | None = None
        self._asked: set[str] = set()
        self._inherited: set[str] = set()

    def start(self, modules: Iterable[str]) -> None:
        """Begin, in a kernel whose working folder may mirror the one its notebook lies in.

        Parameters
        ----------
        modules : iterable of str
            What the notebook's code imports.
        """
        from ipykernel import compiler

        self._machinery = tuple(f"{folder}{os.sep}" for folder in machinery())
        self._packages = tuple(f"{folder}{os.sep}" for folder in packages())
        # A folder that isn't there, in which ipykernel supposes cells to lie.
        self._own_folders = (f"{compiler.get_tmp_directory()}{os.sep}",)
        if os.environ.get("NHSI_BESIDE"):
            self._mirror = Mirror(os.path.realpath(os.getcwd()), os.environ["NHSI_BESIDE"])
        self._asked = {name.partition(".")[0] for name in modules}
        self._inherited = compiled()
        self.read[f"{ENVIRONMENT}TZ"] = digest_of_text(os.environ.get("TZ"))
        sys.addaudithook(self._on_event)
        _listen_to_arrow()
        _listen_to_fonts()
        _listen_to_questions()
        for environ in (os.environ, getattr(os, "environb", os.environ)):
            environ.__class__ = _Environment
        self.on = True

    def finish(self) -> None:
        """End, with a last look at what was imported."""
        self.on = False
        loaded = compiled()
        own_modules = any(path.endswith(".py") for path in self.read)
        if own_modules or self._asked - _KNOWN - _SEEN - {*project.loaded().packages}:
            # These may use what the parent of this kernel has loaded for other reports.
            self._inherited = set()
        self.unseen |= loaded - self._inherited
        for name in self._asked:
            module = sys.modules.get(name)
            file = getattr(module, "__file__", None) or ""
            if module is None or (file and not file.startswith(self._machinery)):
                for folder in sys.path:
                    for place in (f"{name}.py", name):
                        self._ask_for(os.path.abspath(os.path.join(folder, place)))

    def note(self, path: str | bytes | os.PathLike[Any]) -> None:
        """Note that a file or folder is read now."""
        with self._alone() as alone:
            if alone:
                self._note(os.path.abspath(_plain(os.fsdecode(path))))

    def note_arrow(self, path: str | bytes | os.PathLike[Any]) -> None:
        """Note a path that Arrow is given: it reads what is there, or writes it."""
        text = _plain(os.fsdecode(path))
        if os.path.isdir(text):
            self.unseen.add("a folder read by Arrow")
        elif not os.path.exists(text):
            self.own.add(os.path.realpath(text))
        self.note(text)
        self.part(text)

    def note_variable(self, name: str | bytes, value: str | bytes | None) -> None:
        """Note that code of the report's own asks for an environment variable."""
        text = os.fsdecode(name)
        known = ENVIRONMENT + text
        if not self.on or known in self.own or _SET_HERE.fullmatch(text):
            return
        if self._by_report(sys._getframe(2)):
            self.read[known] = digest_of_text(value)

    def note_question(self, path: Any) -> None:
        """Note that code of the report's own asks whether something exists."""
        if self.on and not isinstance(path, int) and self._by_report(sys._getframe(2)):
            with self._alone() as alone:
                if alone:
                    self._ask_for(os.path.abspath(os.fsdecode(path)))

    def part(self, path: str | bytes | os.PathLike[Any], *, content: bool = True) -> None:
        """Make the report's own what it may write over."""
        with self._alone() as alone:
            if alone and self._mirror is not None:
                self._mirror.part(os.path.abspath(os.fsdecode(path)), content=content)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        """Yield whether this isn't part of noting something already."""
        if getattr(self._busy, "noting", False):
            yield False
            return
        self._busy.noting = True
        try:
            yield True
        finally:
            self._busy.noting = False

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note an event (an audit hook: it must be quick and never raise)."""
        if not self.on or getattr(self._busy, "noting", False):
            return
        try:
            if event == "open":
                self._opened(arguments[0], arguments[2])
            elif event == "import":
                self._asked.add(arguments[0].partition(".")[0])
                if ".popen_" in arguments[0]:  # what starts a process of multiprocessing's
                    self._unseen(_PROCESS)
            elif event in {"os.listdir", "os.scandir"}:
                asking = sys._getframe(1).f_code.co_filename
                if not isinstance(arguments[0], int) and not _FINDS_MODULES.search(asking):
                    self.note("." if arguments[0] is None else arguments[0])
            elif event in _WRITES or event in _UNSEEN:
                self._written(event, arguments)
        except Exception as error:
            self.unseen.add(f"something that can't be followed ({type(error).__name__})")

    def _unseen(self, what: str) -> None:
        self.unseen.add(what)
        if what == _PROCESS and self._mirror is not None:
            with self._alone() as alone:
                if alone:
                    self._mirror.part_all()

    def _written(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _UNSEEN:
            self._unseen(_UNSEEN[event])
        places = [arguments[i] for i in _WRITES.get(event, ())]
        if any(isinstance(place, int) for place in places) or _by_folder(event, arguments):
            return
        if event in {"os.link", "os.rename"}:
            self.note(arguments[0])
        if event == "os.mkdir" and not os.path.lexists(places[0]):
            self._own_folders += (os.path.realpath(os.fsdecode(places[0])) + os.sep,)
        for place in places:
            self.part(place)

    def _opened(self, path: Any, flags: Any) -> None:
        if isinstance(path, int):
            return
        text = os.fsdecode(path)
        if text.startswith(self._machinery):
            return
        text, frame = os.path.abspath(text), sys._getframe(2)
        if frame.f_code.co_filename == locks.__file__:
            return  # a lock says nothing to a report
        if text.startswith(_OF_THE_SYSTEM) and not self._by_report(frame):
            return
        flags = flags if isinstance(flags, int) else os.O_RDONLY
        access = flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
        anew = bool(flags & (os.O_TRUNC | os.O_EXCL)) and access != os.O_RDONLY
        if not anew and access != os.O_WRONLY:
            self.note(text)
        if access != os.O_RDONLY:
            # What must not be there yet is left where it is; its folder may be a link.
            self.part(os.path.dirname(text) if flags & os.O_EXCL else text, content=not anew)
        if anew:
            self.own.add(os.path.realpath(text))

    def _by_report(self, frame: FrameType | None) -> bool:
        """Return whether the report's own code asks, through Python's library or IPython if so."""
        while frame is not None and self._on_behalf(frame.f_code.co_filename):
            frame = frame.f_back
        return frame is not None and not frame.f_code.co_filename.startswith(self._machinery)

    def _on_behalf(self, file: str) -> bool:
        if file.startswith(self._packages):
            return file.startswith(tuple(f"{folder}IPython{os.sep}" for folder in self._packages))
        return file.startswith(("<frozen ", *self._machinery))

    def _is_own(self, path: str) -> bool:
        return path in self.own or f"{path}{os.sep}".startswith(self._own_folders)

    def _origin(self, path: str) -> str:
        return path if self._mirror is None else self._mirror.origin(path)

    def _ask_for(self, path: str) -> None:
        path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        if not path.startswith(self._machinery) and not self._is_own(path):
            path = self._origin(path)
            if self._mirror is None or not self._mirror.lies_in(path):
                self.read.setdefault(EXISTS + path, digest_of_existence(path))

    def _note(self, path: str) -> None:
        if path.endswith(".pyc"):
            with contextlib.suppress(ValueError):  # one that lies elsewhere is read as it is
                path = importlib.util.source_from_cache(path)
        real = os.path.realpath(path)
        if f"{real}{os.sep}".startswith(self._machinery) or self._is_own(real):
            return
        named, path = self._origin(path), self._origin(real)
        if named != path:
            self.read.setdefault(LINK + named, digest_of_text(os.path.realpath(named)))
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
            found = self._digests.get(key) or digest_of_path(Path(path))
            self._digests[key] = found
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
    """Return the folders of the interpreter, the environment's packages and the project's own.

    Their changes are noticed by versions and by the digest of the project's code.
    """
    found = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [entry for entry in sys.path if entry.endswith(".zip")]
    return sorted({*_by_both_names(found), *packages()})


def installed() -> set[str]:
    """Return the folders of installed packages."""
    found = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return _by_both_names([*found, *site.getsitepackages(), site.getusersitepackages()])


def packages() -> set[str]:
    """Return the folders of installed packages, and of the project's own, wherever they lie."""
    own = project.folders(project.loaded().packages)
    return installed() | _by_both_names(str(folder) for folder in own)


def _by_both_names(found: Iterable[str]) -> set[str]:
    return {folder for path in found for folder in (path, os.path.realpath(path))}


_part_of: dict[str, str] = {}
"""By module looked at, the package it is a compiled part of, if it is one."""


def compiled() -> set[str]:
    """Return the packages loaded whose compiled parts may read unseen.

    A module is looked at once: to look at all of them again, in each kernel, takes longer than a
    chart.
    """
    loaded = list(sys.modules)  # a thread may import meanwhile
    for name in loaded:
        if name in _part_of:
            continue
        module = sys.modules.get(name)
        file = str(getattr(module, "__file__", ""))
        is_compiled = file.endswith((".so", ".pyd")) and "lib-dynload" not in file
        # An alias goes by another name than the one a module was found by.
        found_as = getattr(getattr(module, "__spec__", None), "name", name) if is_compiled else ""
        _part_of[name] = str(found_as).partition(".")[0]
    own = {*project.loaded().packages}
    names = {_part_of[name] for name in loaded} - _SEEN - own
    return {name for name in names if name and not name.startswith("_")}


def digest_of_existence(path: str) -> str:
    """Return a mark where something lies at a path, and nothing where nothing does."""
    return "there" if os.path.lexists(path) else ""


def of_the_environment(module: str) -> bool:
    """Return whether a module is the interpreter's, an installed package's or the project's own."""
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
                WATCH.note_arrow(path)
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
    for module in [sys.modules[name] for name in list(sys.modules) if name.startswith("pyarrow")]:
        for name in ("_stringify_path", "encode_file_path"):
            if hasattr(module, name):
                setattr(module, name, telling(getattr(module, name)))
    pyarrow.fs.LocalFileSystem = LocalFileSystem


def _listen_to_fonts() -> None:
    """Have Pillow, whose fonts are opened by a library of their own, tell of each file."""
    from PIL import ImageFont

    plain = ImageFont.FreeTypeFont.__init__

    @functools.wraps(plain)
    def told(self: Any, font: Any = None, *more: Any, **named: Any) -> None:
        if WATCH.on and isinstance(font, str | bytes | os.PathLike):
            WATCH.note(font)
        plain(self, font, *more, **named)

    ImageFont.FreeTypeFont.__init__ = told  # type: ignore[method-assign]


def _listen_to_questions() -> None:
    """Have Python tell of questions whether something exists, which it doesn't of itself."""

    def telling(ask: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(ask)
        def told(path: Any, *more: Any, **named: Any) -> Any:
            if named.get("dir_fd") is None:
                WATCH.note_question(path)
            return ask(path, *more, **named)

        for abilities in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if ask in abilities:
                abilities.add(told)
        return told

    for name in ("stat", "lstat", "access"):
        setattr(os, name, telling(getattr(os, name)))


def _by_folder(event: str, arguments: tuple[Any, ...]) -> bool:
    """Return whether a place is given relative to an open folder, which can't be followed."""
    return event.startswith("os.") and any(
        isinstance(given, int) and given >= 0 for given in arguments[_FIRST_FOLDER.get(event, 1) :]
    )


_FIRST_FOLDER = {"os.mkdir": 2, "os.truncate": 2, "os.rename": 2, "os.link": 2, "os.symlink": 2}
_FIRST_FOLDER |= {"os.chmod": 2, "os.chown": 3, "os.utime": 3}
"""Which arguments of an event are open folders, from the first."""


WATCH = Watch()
"""This process's."""
