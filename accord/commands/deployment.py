"""Commands that a deployment needs once, or that its health checks call."""

import sys
import urllib.error
import urllib.request
from pathlib import Path

import click

from accord.keys import ensure_secrets
from accord.say import say


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def secrets(folder: Path) -> None:
    """Make the keys and passwords of a deployment in FOLDER; those that stand there are kept.

    \b
    Example:  accord secrets deploy/secrets
    """
    made = ensure_secrets(folder)
    say(f"Made {', '.join(made)}." if made else f"Everything stands in {folder} already.")


@click.command()
@click.argument("address")
def healthy(address: str) -> None:
    """Ask ADDRESS once; the exit code is 0 where it answers 200, for health checks.

    \b
    Example:  accord healthy http://127.0.0.1:8000/teacher/readyz
    """
    if not address.startswith(("http://", "https://")):
        raise click.BadParameter("An address begins with http:// or https://.")
    try:
        with urllib.request.urlopen(address, timeout=4) as answer:  # noqa: S310
            sys.exit(0 if answer.status == 200 else 1)
    except (urllib.error.URLError, OSError) as error:
        raise click.ClickException(f"{address} does not answer well: {error}") from None


COMMANDS: tuple[click.Command, ...] = (secrets, healthy)
