"""The command `accord`: one group, a file in accord/commands for each topic."""

import click

from accord.commands import agreements, deployment, district, events, roster, running
from shared.config import ConfigError


class _Plainly(click.Group):
    """Wrong settings are told in words, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.ClickException(f"The settings can't be used:\n{error}") from None


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
