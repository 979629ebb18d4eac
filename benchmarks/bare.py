"""What Accord is measured against: Flask, SQLAlchemy and PostgreSQL doing one thing, with nothing around it.

GET /notes/<id> is one indexed SELECT rendered by a template; POST /notes is one INSERT and COMMIT. The same server
program, PostgreSQL, durability, number of processes and threads as Accord's; no sign-in, no roles, no record, no events.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask import Flask, redirect, render_template, request
from sqlalchemy import Column, DateTime, Identity, Integer, MetaData, Table, Text, create_engine, func, insert, select
from werkzeug.wrappers import Response

from benchmarks.installation import free_port

ROWS = 10_000
_DATABASE = "bench_bare"
_METADATA = MetaData()
_NOTE = Table(
    "note",
    _METADATA,
    Column("id", Integer, Identity(), primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


def create_app() -> Flask:
    """What gunicorn serves; BARE_DATABASE_URL names the database."""
    app = Flask(__name__)
    engine = create_engine(os.environ["BARE_DATABASE_URL"], pool_size=8, max_overflow=2)

    @app.get("/notes/<int:number>")
    def show(number: int) -> str:
        with engine.connect() as connection:
            row = connection.execute(select(_NOTE).where(_NOTE.c.id == number)).one()
        return render_template("bare.html", note=row)

    @app.post("/notes")
    def add() -> Response:
        with engine.begin() as connection:
            connection.execute(insert(_NOTE).values(title=request.form["title"], body=request.form["body"]))
        return redirect("/notes/1", 303)

    return app


@contextmanager
def served(admin_url: str, folder: Path) -> Iterator[int]:
    """The bare application on a database of its own on the same PostgreSQL; answers its port."""
    url = _make_database(admin_url)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "benchmarks.bare:create_app()", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--keep-alive", "30", "--log-level", "warning"]
    command += ["--workers", os.environ.get("WEB_WORKERS", "2"), "--threads", os.environ.get("WEB_THREADS", "8")]
    with (folder / "bare.log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | {"BARE_DATABASE_URL": url}, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/notes/1", process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _make_database(admin_url: str) -> str:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {_DATABASE}")
        connection.execute(f"CREATE DATABASE {_DATABASE}")
    url = admin_url.replace("postgresql://", "postgresql+psycopg://", 1).replace("/postgres?", f"/{_DATABASE}?", 1)
    engine = create_engine(url)
    _METADATA.create_all(engine)
    words = "She asks the class for a second way to solve it, and waits until three hands are up. " * 6
    with engine.begin() as connection:
        connection.execute(insert(_NOTE), [{"title": f"Note {number}", "body": words} for number in range(ROWS)])
    engine.dispose()
    return url


def _wait_for(address: str, process: subprocess.Popen[bytes], patience: float = 30.0) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("The bare application did not start; see bare.log.")
