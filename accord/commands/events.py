"""Commands for those who look after the flow of events: is it flowing, what stands aside, read it all again."""

import click

from accord import services
from accord.say import say, step
from accord.services import Service
from accord.settings import environment
from shared.config import SERVICES

_NUMBER = click.IntRange(1, 2**63 - 1)
one_service = click.option("--service", "name", type=click.Choice(SERVICES), required=True)


@click.group()
def events() -> None:
    """Look after what the services tell one another.

    \b
    Example:  accord events check
    """


@events.command()
def check() -> None:
    """Say for each service what waits to be published, what waits to be read, and what stands aside.

    Ends with 1 where something will not mend itself: a message set aside, a reader that stands still, a bus that does not
    answer or that has lost what it held.

    \b
    Example:  accord events check
    """
    from accord.events import standing
    from shared.bus.lost import WHAT_TO_DO as WHAT_TO_REPUBLISH
    from shared.inbox.limit import WHAT_TO_DO

    variables, bad, stopped, lost = environment(), False, False, False
    for service in services.chosen():
        found = standing(service, variables)
        bad = bad or found.needs_somebody
        out = f"{found.outbox.waiting} to publish"
        if found.outbox.waiting:
            out += f" (the oldest for {found.outbox.oldest_seconds:.0f} s)"
        parts = [out] + ([f"{found.outbox.parked} refused by the bus"] if found.outbox.parked else [])
        if found.lag is not None:
            parts.append(f"{found.lag} to read")
        if found.inbox is not None and (found.inbox.poison or found.inbox.waiting):
            parts.append(f"{found.inbox.poison} set aside, {found.inbox.waiting} waiting behind them")
        say(f"{service.name}: {', '.join(parts)}" + (f"; {found.trouble}" if found.trouble else ""))
        for place, reason in found.stopped.items():
            say(f"  its reader of {place.topic} {place.partition} is stopped: {reason}")
            stopped = True
        for each in found.lost:
            say(f"  the bus has lost messages: {each}")
            lost = True
    if lost:
        say(f"{WHAT_TO_REPUBLISH}, unless that is under way.")
    if stopped:
        say(f"{WHAT_TO_DO}. Other partitions are read meanwhile.")
    elif bad and not lost:
        say("Look at what stands aside with `accord events parked --service NAME`.")
    if bad:
        raise SystemExit(1)


@events.command()
@one_service
@click.option("--yes", is_flag=True, help="Do not ask.")
def replay(name: str, yes: bool) -> None:
    """Empty the tables a service fills from events, and fill them again from the first event on.

    Its worker may run meanwhile; its pages show what has been read so far. What people were told, and what was published
    about ratings, stays as it is.

    \b
    Example:  accord events replay --service reporting
    """
    from accord.events import consumer_of
    from shared.inbox.replay import ReplayRefusedError, ReplayStalledError
    from shared.inbox.replay import replay as read_again

    service = _consuming(name)
    if not yes:
        click.confirm(f"Empty the tables that {name} fills from events, and read everything again?", abort=True)
    with consumer_of(service, environment()) as consumer:
        try:
            with step(f"Reading everything again for {name}"):
                report = read_again(consumer, service.projections())
        except (ReplayRefusedError, ReplayStalledError) as error:
            raise click.ClickException(str(error)) from None
    say(f"{name}: {report.messages} messages in {report.seconds:.1f} s")


@events.command()
def republish() -> None:
    """Put every event of the services here in line again, oldest first, for a bus that has lost them.

    Readers absorb what they have applied already. The workers publish; `accord events check` says what is left.

    \b
    Example:  accord events republish
    """
    from accord.events import republish_all

    variables = environment()
    for service in services.chosen():
        say(f"{service.name}: {republish_all(service, variables)} events to publish again")


@events.command()
@one_service
def parked(name: str) -> None:
    """List the messages a service could not apply, each with its number, place and reason; never its content.

    \b
    Example:  accord events parked --service notifications
    """
    from accord.events import consumer_of
    from shared.inbox.retry import list_parked

    with consumer_of(_consuming(name), environment()) as consumer, consumer.engine.connect() as connection:
        found = list_parked(connection, consumer.inbox)
    for each in found:
        place = each.received.place
        say(f"{each.id}  {each.kind}  {place.topic} {place.partition} at {each.received.offset}: {each.reason}")
    if not found:
        say(f"Nothing stands aside at {name}.")


@events.command()
@one_service
def retry(name: str) -> None:
    """Try what stands aside again, in order, once the cause is mended.

    \b
    Example:  accord events retry --service notifications
    """
    from accord.events import consumer_of
    from shared.inbox.retry import retry_parked

    with consumer_of(_consuming(name), environment()) as consumer:
        report = retry_parked(consumer.engine, consumer.inbox)
    say(f"{name}: {report.applied} applied, {report.superseded} superseded, {report.remaining} still aside")
    if report.remaining:
        raise SystemExit(1)


@events.command()
@one_service
@click.argument("numbers", metavar="NUMBER...", type=_NUMBER, nargs=-1, required=True)
def dismiss(name: str, numbers: tuple[int, ...]) -> None:
    """Give up the message of each NUMBER; what waited behind it goes on, and a reader that had stopped as well.

    \b
    Example:  accord events dismiss --service notifications 17 18
    """
    from accord.events import consumer_of
    from shared.inbox.retry import NothingParkedError, dismiss_parked

    with consumer_of(_consuming(name), environment()) as consumer:
        for number in numbers:
            try:
                dismiss_parked(consumer.engine, consumer.inbox, number)
            except NothingParkedError as error:
                raise click.ClickException(str(error)) from None
            say(f"{name}: {number} is given up.")


def _consuming(name: str) -> Service:
    service = services.BY_NAME[name]
    if not service.consumes:
        raise click.UsageError(f"The service {name} reads no events.")
    return service


COMMANDS: tuple[click.Command, ...] = (events,)
