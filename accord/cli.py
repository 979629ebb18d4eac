"""The command `accord`: one group, a file in accord/commands for each topic."""

import click

from accord.commands import agreements, deployment, district, events, roster, running
from shared.config import ConfigError

_MAY_PASS = ("sqlalchemy", "psycopg", "shared")
"""Whose faults are looked at: to tell what passes, more is read in, and that takes a moment."""


class _Plainly(click.Group):
    """Wrong settings, and a database or a bus that does not answer or goes away meanwhile, are told in words, without a
    traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.ClickException(f"The settings can't be used:\n{error}") from None
        except Exception as error:
            if (words := _database_away(error)) is None:
                raise
            raise click.ClickException(words) from None


def _database_away(error: Exception) -> str | None:
    """What to say of a fault that is the database's or the bus's and passes; None of any other."""
    if type(error).__module__.split(".")[0] not in _MAY_PASS:
        return None
    from shared.bus.port import BusUnavailableError
    from shared.inbox.faults import is_passing

    if isinstance(error, BusUnavailableError):
        return f"{error} Run this again once it does."
    if not is_passing(error):
        return None
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()
    return (
        f"The database does not answer ({cause[0] if cause else type(error).__name__}). What was not finished is as it was. "
        "Look after the database, and run this again."
    )


@click.group(cls=_Plainly, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="accord")
def main() -> None:
    """Accord runs evaluations under the rubrics and procedures both sides signed.

    \b
    Start here:  accord up
    """


for _topic in (running, district, roster, events, agreements, deployment):
    for _command in _topic.COMMANDS:
        main.add_command(_command)
