"""Warm kernels: fresh processes forked safely, for packs, papermill and any Jupyter client."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sysconfig
import time
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from pack_cells import SHOW

from notebook_reports.packs.kernels import install, manager, provisioner, warm

pytestmark = [
    pytest.mark.alone,
    pytest.mark.notebook,
    pytest.mark.skipif(bool(warm.available()), reason=warm.available() or "available"),
]


@pytest.fixture(scope="module", name="parent")
def _parent():
    parent = warm.WarmParent([])
    yield parent
    parent.close()


async def evaluate(address: str | None, folder: Path, *expressions: str) -> list[str]:
    """Start a kernel and return the expressions' values as text, then how it was started."""
    folder.mkdir(exist_ok=True)
    km = manager.new_manager(address, folder)
    await km.start_kernel(env=dict(os.environ), cwd=str(folder))
    client = km.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        found = []
        for expression in expressions:
            message = client.execute("", user_expressions={"x": expression}, silent=True)
            while (reply := await client.get_shell_msg())["parent_header"]["msg_id"] != message:
                pass
            answer = reply["content"]["user_expressions"]["x"]
            found.append(answer["data"]["text/plain"] if "data" in answer else answer["evalue"])
        return [*found, *manager.kind_and_note(km)]
    finally:
        await manager.end(km)
        client.stop_channels()
        await km.cleanup_resources()


def ask(parent: warm.WarmParent, folder: Path, *expressions: str) -> list[str]:
    return asyncio.run(evaluate(parent.address, folder, *expressions))


def imported(*names: str) -> str:
    return f"[n in __import__('sys').modules for n in {list(names)!r}]"


def test_a_kernel_is_a_fresh_process_with_the_stack_imported(parent, tmp_path):
    draw = "(__import__('random').random(), __import__('numpy').random.random())"
    first = ask(parent, tmp_path / "a", "__import__('os').getpid()", draw, "globals().get('left')")
    ask(parent, tmp_path / "c", "globals().update(left=1)")
    second = ask(parent, tmp_path / "b", imported("numpy", "pandas"), draw, "globals().get('left')")
    assert first[-2:] == second[-2:] == ["warm", ""]
    assert second[0] == "[True, True]"
    assert first[1] != second[1]
    assert first[2] == second[2] == "None"
    assert not psutil.pid_exists(int(first[0]))


def test_a_kernel_looks_for_rubbish_whether_its_parent_does_yet_or_not(tmp_path):
    parent = warm.WarmParent([])
    gc = "(__import__('gc').isenabled(), __import__('gc').get_threshold()[0])"
    try:
        early, late = (ask(parent, tmp_path / name, gc)[0] for name in "ab")
    finally:
        parent.close()
    assert early == late == "(True, 200000)"


def test_kernels_wait_for_all_imports_where_several_are_to_come(tmp_path):
    parent = warm.WarmParent(["policy_methods.spc"], early=0)
    try:
        found = ask(parent, tmp_path / "a", imported("policy_methods.spc"))
    finally:
        parent.close()
    assert found == ["[True]", "warm", ""]


def test_a_kernel_has_its_own_folder_environment_and_no_open_file_of_the_parent(
    parent, tmp_path, monkeypatch
):
    monkeypatch.setenv("NHSI_TEST_MARK", "here")
    os_ = "__import__('os')"
    found = ask(
        parent,
        tmp_path / "k",
        f"{os_}.getcwd()",
        f"{os_}.environ['NHSI_TEST_MARK']",
        f"{os_}.getsid(0) == {os_}.getpid()",
        f"{os_}.path.exists({parent.address!r}) and {os_}.readlink('/proc/self/fd/0')",
    )
    assert found[:4] == [repr(str(tmp_path / "k")), "'here'", "True", "'/dev/null'"]


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
            "thread",
        ),
        ("kept = open(__file__)", "holds open"),
    ],
)
def test_an_unsafe_fork_is_refused_and_the_ordinary_kernel_says_why(module, reason, tmp_path):
    # A parent imports what is installed; modules of the user's own are left to the kernels.
    installed = Path(sysconfig.get_path("purelib")) / "nhsi_test_of_an_unsafe_module.py"
    installed.write_text(module)
    parent = warm.WarmParent([installed.stem])
    try:
        ask(parent, tmp_path / "a", "1")  # may be let through before the module is imported
        found = ask(parent, tmp_path / "b", "1 + 1")
    finally:
        parent.close()
        installed.unlink()
    assert found[:2] == ["2", "ordinary"]
    assert reason in found[2]


def test_a_module_of_the_users_own_is_left_to_the_kernels(tmp_path, monkeypatch):
    (tmp_path / "own_module.py").write_text("import threading\nX = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    parent = warm.WarmParent(["own_module"])
    try:
        ask(parent, tmp_path / "a", "1")
        loaded = "'own_module' in __import__('sys').modules"
        found = ask(parent, tmp_path / "b", loaded, "__import__('own_module').X")
    finally:
        parent.close()
    assert found[:3] == ["False", "1", "warm"]


def test_a_parent_has_rehearsed_and_shares_nothing_but_memory(data_copy, tmp_path):
    from nhsi_analysis import datasets

    datasets.load("trusts")
    datasets.load("ae_monthly")
    modules = ["nhsi_analysis.datasets", "notebook_reports.report"]
    parent = warm.WarmParent(modules, {"NHSI_DATA": str(data_copy)})
    calls = "__import__('nhsi_analysis.datasets', fromlist=['store'])"
    held = f"sorted(path.stem for path in {calls}.store._held)"
    try:
        for attempt in range(20):  # the first kernels may be forked before the rehearsal's end
            found = ask(parent, tmp_path / f"k{attempt}", held, f"{calls}.reads()")
            if found[0] == "['ae_monthly', 'trusts']":
                break
        threads = os.listdir(f"/proc/{parent.process.pid}/task")
        # Everyone may write what memory holds: the kernel's table changes, the parent's doesn't.
        change = f"{calls}.load('trusts').loc.__setitem__((0, 'org_name'), 'changed')"
        ask(parent, tmp_path / "change", change)
        name = ask(parent, tmp_path / "after", f"{calls}.load('trusts')['org_name'].iloc[0]")
        shared = datasets.load("trusts")
        read = ask(
            parent, tmp_path / "read", f"len({calls}.load('trusts'))", f"len({calls}.reads())"
        )
        rows = (data_copy / "raw" / "trusts.csv").read_text(encoding="utf-8")
        old = str(shared["org_name"].iloc[0])
        (data_copy / "raw" / "trusts.csv").write_text(rows.replace(old, "New name"))
        newer = ask(parent, tmp_path / "newer", f"{calls}.load('trusts')['org_name'].iloc[0]")
    finally:
        parent.close()
    assert found[:2] == ["['ae_monthly', 'trusts']", "[]"]
    assert found[-2:] == newer[-2:] == ["warm", ""]
    assert len(threads) == 1
    assert name[0] == repr(old)
    assert read[:2] == [str(len(shared)), "1"]
    assert newer[0] == "'New name'"


def test_a_parent_takes_up_tables_that_its_kernels_have_checked(data_copy, tmp_path):
    parent = warm.WarmParent(["nhsi_analysis.datasets"], {"NHSI_DATA": str(data_copy)})
    module = "__import__('nhsi_analysis.datasets', fromlist=['store'])"
    held_there = f"'trusts' in [path.stem for path in {module}.store._held]"
    try:
        first = ask(parent, tmp_path / "a", f"len({module}.load('trusts'))")
        for attempt in range(20):
            held = ask(
                parent,
                tmp_path / f"b{attempt}",
                held_there,
            )
            if held[0] == "True":
                break
    finally:
        parent.close()
    assert int(first[0]) > 200
    assert held[0] == "True"


def test_without_a_parent_the_ordinary_kernel_says_why(tmp_path):
    found = asyncio.run(evaluate(str(tmp_path / "nobody"), tmp_path / "k", "1 + 1"))
    assert found[:2] == ["2", "ordinary"]
    assert "no warm kernel" in found[2]


def test_kernels_end_with_their_parent_however_it_ends(tmp_path):
    parent = warm.WarmParent([])

    async def kernel_pids() -> list[int]:
        kernels = [await warm.ask(parent.address, args(n), {}, tmp_path) for n in range(2)]
        held.extend(kernels)
        return [kernel.pid for kernel in kernels]

    def args(n: int) -> list[str]:
        return ["-f", str(tmp_path / f"{n}.json")]

    held: list[warm.ForkedKernel] = []
    pids = asyncio.run(kernel_pids())
    assert all(psutil.pid_exists(pid) for pid in pids)
    parent.process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(kernel.poll() is None for kernel in held) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [kernel.returncode for kernel in held] == [-9, -9]
    while any(map(psutil.pid_exists, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(psutil.pid_exists, pids))
    parent.close()


def test_a_parent_ends_in_order_in_the_middle_of_an_import(tmp_path, monkeypatch):
    started = tmp_path / "started"
    (tmp_path / "numpy.py").write_text(  # the first of what every parent imports
        f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(60)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    parent = warm.WarmParent([])
    deadline = time.monotonic() + 60
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert started.exists()
    parent.close()
    assert parent.process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_kernels_exit_code_says_which_signal_ended_it(parent, tmp_path, number):
    asked = warm.ask(parent.address, ["-f", str(tmp_path / "k.json")], dict(os.environ), tmp_path)
    kernel = asyncio.run(asked)
    kernel.send_signal(number)
    assert kernel.wait(timeout=10) == -number


def test_papermill_uses_the_installed_kernelspec(make_notebook, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    place = install.install()
    monkeypatch.undo()
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "prefix/share/jupyter"))
    assert json.loads((place / "kernel.json").read_text())["metadata"]["kernel_provisioner"]
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    path = make_notebook("demo", "x: int = 1  # A number", SHOW, "show('x', x)", plot)
    monkeypatch.chdir(tmp_path)
    try:
        papermill.execute_notebook(
            path, "out.ipynb", {"x": 5}, kernel_name="nhsi-warm", progress_bar=False
        )
        assert len(provisioner._PARENTS) == 1
    finally:
        provisioner.stop_own_parents()
    nb = nbformat.read("out.ipynb", as_version=4)
    outputs = [output.data for cell in nb.cells for output in cell.get("outputs", [])]
    assert outputs[0]["application/vnd.nhsi.finding+json"]["value"] == 5
    assert "image/png" in outputs[-1]  # figures show as they do in an ordinary kernel


def test_a_parent_of_older_code_ends_with_the_last_of_its_kernels(tmp_path, monkeypatch):
    module = tmp_path / "module.py"
    module.write_text("x = 1")
    monkeypatch.setattr(provisioner.project, "folders", lambda _: [tmp_path])
    try:
        old = provisioner.own_parent(())
        assert provisioner.own_parent(()) is old
        arguments = ["-f", str(tmp_path / "k.json")]
        kernel = asyncio.run(warm.ask(old.address, arguments, dict(os.environ), tmp_path))
        module.write_text("x = 2")
        os.utime(module, (1, 1))
        new = provisioner.own_parent(())
        assert new is not old
        assert kernel.poll() is None, "it goes on with the code that it was started with"
        kernel.terminate()
        kernel.wait(timeout=10)
        assert provisioner.own_parent(()) is new
        assert old.process.poll() is not None
        assert new.process.poll() is None
    finally:
        provisioner.stop_own_parents()


def test_a_kernelspec_of_another_environment_is_left_to_that(monkeypatch):
    started = []

    async def start(_, cmd, **__):
        started.append(cmd)

    monkeypatch.setattr(provisioner.LocalProvisioner, "launch_kernel", start)
    other = ["/elsewhere/bin/python", "-m", "ipykernel_launcher", "-f", "k.json"]
    warmed = provisioner.WarmProvisioner()
    asyncio.run(warmed.launch_kernel(other))
    assert started == [other]
    assert "this Python's" in warmed.note
