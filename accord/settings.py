"""Where a command finds its settings: the environment of a deployment, else the embedded installation of this machine."""

import os
from collections.abc import Mapping
from pathlib import Path

import click

from accord.home import here
from accord.supervisor import running


def environment() -> Mapping[str, str]:
    """Variables for shared.config.load_settings. Raises click.UsageError where there is nothing to work on."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return os.environ
    home = here()
    if home.server.pid() is None:
        raise click.UsageError(
            f"No installation runs here: DATABASE_URL is not set, and the database of {home.folder} is not running. "
            "Start Accord with `make up` in another terminal, or set DATABASE_URL and the other variables of a deployment."
        )
    return home.environment_now()


def value(name: str) -> str | None:
    """The variable NAME, or what stands in the file NAME_FILE names; None where neither is set."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise click.UsageError(f"{name}_FILE names {file}, which can't be read ({error.strerror}).") from None
    return os.environ.get(name)


def processes() -> Mapping[str, int]:
    """The processes of the embedded installation that run now: name to number."""
    return {name: process.pid for name, process in running(here().run).items()}
