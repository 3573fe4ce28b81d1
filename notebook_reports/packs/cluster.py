"""Reports on a Dask cluster: the same plan, warm kernels on every worker, results sent back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from notebook_reports.errors import PackError
from notebook_reports.packs.job import Job
from notebook_reports.packs.outcome import Failure, Outcome

_CONNECT_SECONDS = 10


class DaskPool:
    """The workers of a Dask scheduler. They need this package and the same data folder.

    Parameters
    ----------
    address : str
        The scheduler's: "tcp://host:8786", or "tls://host:8786" with the certificate that Dask's
        configuration names.
    env : mapping of str to str
        Environment variables of the kernels.
    modules : sequence of str
        What each worker's warm parent imports.
    warm_kernels : bool
        False runs ordinary kernels.

    Raises
    ------
    PackError
        When entered: Dask isn't installed, has no certificate to show, or nothing answers at the
        address.
    """

    def __init__(
        self,
        address: str,
        env: Mapping[str, str],
        modules: Sequence[str],
        *,
        warm_kernels: bool = True,
    ) -> None:
        self._address, self._env = address, dict(env)
        self._modules, self._warm = tuple(modules), warm_kernels
        self._client: Any = None

    def __enter__(self) -> DaskPool:
        try:
            from distributed import Client, Security
            from distributed.comm.addressing import resolve_address
        except ImportError:
            raise PackError(
                "--dask needs Dask distributed: install the package distributed, or this one with "
                "the extra 'cluster'"
            ) from None
        try:
            # Before there is a client: one that fails half made has more to say when it goes.
            resolve_address(self._address)
            security = Security()
            encrypted = security.get_connection_args("client")["ssl_context"] is not None
            if self._address.startswith("tls:") and not encrypted:
                raise PackError(
                    f"{self._address} needs a certificate: name its files in "
                    "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
                    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
                    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY"
                )
            self._client = Client(
                self._address,
                timeout=_CONNECT_SECONDS,
                set_as_default=False,
                security=security,
            )
        except (OSError, ValueError) as error:
            raise PackError(f"no Dask scheduler answers at {self._address}: {error}") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            with contextlib.suppress(Exception):
                self._client.run(_stop_kernels, wait=False)
        with contextlib.suppress(Exception):
            self._client.close(timeout=1)

    def outcomes(self, jobs: Sequence[Job], sources: Mapping[Path, str]) -> Iterator[Outcome]:
        """Yield what becomes of each report; Dask gives a lost worker's reports to another."""
        from distributed import as_completed

        waiting = {
            self._client.submit(
                _execute,
                job,
                sources[job.notebook],
                self._env,
                self._modules,
                self._warm,
                pure=False,
            ): job
            for job in jobs
        }
        for future in as_completed(list(waiting), loop=self._client.loop):
            job = waiting.pop(future)
            try:
                yield future.result()
            except Exception as error:
                yield Outcome(job.id, Failure("died", f"lost on the cluster: {error}"))
            finally:
                future.release()


def _execute(
    job: Job, source: str, env: dict[str, str], modules: tuple[str, ...], warm: bool
) -> Outcome:
    """Make a report in a Dask worker, whose warm parent serves all its reports."""
    from notebook_reports.packs.execute import execute
    from notebook_reports.packs.kernels.provisioner import own_parent

    address = None
    if warm:
        with contextlib.suppress(OSError):
            address = own_parent(modules).address
    return execute(job, source, env, address)


def _stop_kernels() -> None:
    """End this worker's kernels, and so the reports they are at."""
    from notebook_reports.packs.kernels.provisioner import stop_own_parents

    stop_own_parents()
