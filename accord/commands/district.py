"""The first steps of a district: making it, and letting its people in."""

from typing import NoReturn

import click

from accord.say import say
from accord.settings import environment
from shared.config import Settings, load_settings


@click.group()
def district() -> None:
    """Make a district, or list those there are.

    \b
    Example:  accord district list
    """


@district.command()
@click.option("--name", required=True, help="As it is to stand on the sign-in page.")
@click.option("--zone", required=True, metavar="ZONE", help="Time zone, for example America/Chicago.")
@click.option("--given-name", required=True, help="Given name of the first administrator.")
@click.option("--family-name", required=True, help="Family name of the first administrator.")
@click.option("--username", required=True, help="What the first administrator signs in with.")
@click.option("--email", help="E-mail address of the first administrator.")
def create(name: str, zone: str, given_name: str, family_name: str, username: str, email: str | None) -> None:  # noqa: PLR0917
    """Make a district and its first administrator; prints the link by which that person sets a password.

    \b
    Example:  accord district create --name "Larkspur Unified" --zone America/Los_Angeles \\
                --given-name Ada --family-name Brightwater --username ada
    """
    from services.directory import at_the_desk as desk
    from services.directory.commands import CreateDistrict
    from services.directory.refusals import Refused

    settings = load_settings("directory", environment())
    with desk.opened(settings) as engine:
        try:
            place, link = desk.make_district(
                engine, CreateDistrict(name, zone, given_name, family_name, username, email)
            )
        except Refused as refusal:
            _refuse(refusal)
    say(f"{place.name} is made. {given_name} {family_name} ({username}) sets a password here, once, within seven days:")
    _say_link(settings, link.path)


@district.command("list")
def list_() -> None:
    """List the districts of this installation.

    \b
    Example:  accord district list
    """
    from services.directory import at_the_desk as desk

    with desk.opened(load_settings("directory", environment())) as engine:
        for place in desk.list_places(engine):
            say(f"{place.district_id}  {place.name}")


@click.group()
def people() -> None:
    """Let people in.

    \b
    Example:  accord people link ada
    """


@people.command()
@click.argument("username")
@click.option("--district", "name", help="Name of the district; needed where there is more than one.")
def link(username: str, name: str | None) -> None:
    """Print a one-time link for USERNAME to set a password; an earlier one ends.

    \b
    Example:  accord people link ada
    """
    from services.directory import at_the_desk as desk
    from services.directory.refusals import NotFound, Refused

    settings = load_settings("directory", environment())
    with desk.opened(settings) as engine:
        try:
            place = desk.find_place(engine, name)
            with desk.writing_in(engine, place) as writing:
                made = desk.link_for(writing, username)
        except desk.NoSuchDistrictError as error:
            raise click.UsageError(str(error)) from None
        except NotFound:
            raise click.ClickException(f"Nobody in {place.name} signs in as {username}.") from None
        except Refused as refusal:
            _refuse(refusal)
    say(f"{username} sets a password here, once, within seven days:")
    _say_link(settings, made.path)


def _say_link(settings: Settings, path: str) -> None:
    click.echo(f"{settings.public_url}{settings.prefix}{path}")


def _refuse(refusal: Exception) -> NoReturn:
    from services.directory.refusal_wording import field_words, refusal_words
    from services.directory.refusals import Refused

    assert isinstance(refusal, Refused)
    if refusal.fields:
        raise click.ClickException(" ".join(field_words(code, refusal.values) for code in refusal.fields.values()))
    _, detail, remedy = refusal_words(refusal.code, refusal.values)
    raise click.ClickException(f"{detail} {remedy}")


COMMANDS: tuple[click.Command, ...] = (district, people)
