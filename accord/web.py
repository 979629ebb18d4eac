"""Web processes: one service or all of them side by side by path, served by gunicorn with threads.

A service's application stands under its prefix in both cases, so that it can't tell which of the two it is in.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.utils import redirect

from accord import memory
from accord.patience import PatientWorker
from shared import logs
from shared.config import DEFAULT_PREFIXES, Settings, load_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from accord.services import Service


def side_by_side(services: Sequence["Service"], environ: Mapping[str, str]) -> "WSGIApplication":
    """The applications of `services`, each under its prefix; "/" leads to the home page.

    Raises shared.config.ConfigError.
    """
    mounts: dict[str, Any] = {}
    for service in services:
        settings = load_settings(service.name, environ)
        mounts[settings.prefix] = service.create_app(settings)
    whole: WSGIApplication = DispatcherMiddleware(_Front(mounts), mounts)
    if environ.get("BEHIND_GATEWAY") == "1":  # only then do the X-Forwarded headers come from somebody we trust
        whole = ProxyFix(whole, x_for=1, x_proto=1, x_host=1)
    return whole


class _Front:
    """Addresses outside every service: "/" and the pages that explain Accord itself lead home; the rest is not found."""

    _AT_HOME = re.compile("/(components|problems)(/[a-z_]*)?$")

    def __init__(self, mounts: Mapping[str, Any]) -> None:
        self._home = DEFAULT_PREFIXES["notifications"]
        self._prefix = self._home if self._home in mounts else next(iter(mounts))
        self._app = mounts[self._prefix]

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in ("", "/") or self._AT_HOME.match(path):
            return redirect(f"{self._home}{path or '/'}", 302)(environ, start)
        # A service's own page says so, in the same words and looks as everywhere.
        answer: Iterable[bytes] = self._app(
            {**environ, "SCRIPT_NAME": self._prefix, "PATH_INFO": "/no-such-page"}, start
        )
        return answer


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    def __init__(self, services: Sequence["Service"], settings: Mapping[str, Any]) -> None:
        self._services = services
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> "WSGIApplication":
        """Runs in each worker, after the fork: no connection is shared between processes."""
        names = "+".join(service.name for service in self._services)
        logs.configure(service=names, role="web")
        return side_by_side(self._services, os.environ)


def serve(services: Sequence["Service"], bind: str) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished. `bind`: "host:port" or "fd://number"."""
    for service in services:
        settings = load_settings(service.name, os.environ)  # told once, in plain words, before any process is forked
    # The counters of the workers, added up at /metrics; those of an earlier run are nobody's.
    counters = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(prefix="accord-metrics-"))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counters)
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir(parents=True)
    memory.keep_little()
    for service in services:
        service.load()
    _gunicorn(services, settings, bind).run()


def _forget_counters(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _clear_counters(_server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def _gunicorn(services: Sequence["Service"], settings: Settings, bind: str) -> _Gunicorn:
    return _Gunicorn(
        services,
        {
            "bind": [bind],
            "workers": settings.web_workers,
            "threads": settings.web_threads,
            "worker_class": PatientWorker,
            "timeout": 60,
            "graceful_timeout": 20,
            "keepalive": 30,
            "loglevel": "warning",
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
            "control_socket_disable": True,
            "forwarder_headers": "",  # no client's header names the path; a gateway's are read by ProxyFix
            "proc_name": "accord-web",
            "child_exit": _forget_counters,
            "on_exit": _clear_counters,
        },
    )
