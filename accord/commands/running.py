"""Commands that start, stop and look at processes."""

import os
import shutil
from typing import Any, cast

import click

from accord import databases, services
from accord.home import here
from accord.say import say, step
from accord.settings import environment, processes, value
from shared.config import SERVICES, Bus

service_option = click.option(
    "--service", "names", type=click.Choice(SERVICES), multiple=True, help="One service; all where none is named."
)


class Port(click.IntRange):
    """A number that a port can have; what is none is told what one is."""

    name = "port"

    def __init__(self) -> None:
        super().__init__(1, 65535)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} is no port. Give a number from 1 to 65535: make up PORT=8010", param, ctx)


@click.command()
@click.option("--port", type=Port(), envvar="PORT", default=8000, show_default=True)
@click.option(
    "--bus",
    type=click.Choice(["postgres", "kafka"]),
    envvar="BUS",
    default="postgres",
    show_default=True,
    help="What carries events between the services.",
)
@click.option(
    "--demo/--no-demo", default=True, show_default=True, help="Fill an empty installation with the demo district."
)
def up(port: int, bus: str, demo: bool) -> None:
    """Start everything on this machine: database, services, workers; Ctrl-C stops it.

    What is entered is kept in ACCORD_HOME (.accord where that is not set).

    \b
    Example:  accord up --port 8010
    """
    from accord.kafka_broker import KafkaError
    from accord.postgres import PostgresError
    from accord.up import UpError, run

    try:
        run(here(), port=port, bus=cast("Bus", bus), demo=demo)
    except KeyboardInterrupt:  # later ones are run's own
        say("Stopped; nothing had been started yet.")
    except (UpError, PostgresError, KafkaError) as error:
        raise click.ClickException(str(error)) from None


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Empty the installation on this machine: everything in ACCORD_HOME is deleted.

    \b
    Example:  accord reset --yes
    """
    from accord.supervisor import stop_leftovers
    from accord.up import UpError, only_one, refuse_others_folder

    home = here()
    if not home.folder.exists():
        say(f"There is nothing in {home.folder}.")
        return
    try:
        refuse_others_folder(home.folder)
        with only_one(home):
            if not yes:
                click.confirm(f"Delete everything in {home.folder}?", abort=True)
            with step("Emptying", f"{home.folder} is empty."):
                stop_leftovers(home.run)
                home.server.stop()
                shutil.rmtree(home.folder)
    except UpError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename} can't be removed ({error.strerror}); the rest is gone.") from None


@click.command()
@service_option
def migrate(names: tuple[str, ...]) -> None:
    """Bring the databases up to date with this version.

    Where DATABASE_ADMIN_URL is set, the roles and databases that are missing are made first. It may hold {password}, given
    by DATABASE_ADMIN_PASSWORD; the roles get DATABASE_PASSWORD (owner), DATABASE_WEB_PASSWORD and DATABASE_WORKER_PASSWORD.
    Each may be given as NAME_FILE.

    \b
    Example:  accord migrate --service directory
    """
    from accord.up import UpError
    from accord.up import migrate as bring_up_to_date

    if admin_url := value("DATABASE_ADMIN_URL"):
        admin_url = admin_url.replace("{password}", value("DATABASE_ADMIN_PASSWORD") or "")
        for name in databases.prepare(admin_url, _role_passwords()):
            say(f"Made the database {name}.")
    try:
        done = bring_up_to_date(environment(), names)
    except UpError as error:
        raise click.ClickException(str(error)) from None
    for name, applied in done.items():
        say(f"{name}: {'applied ' + ', '.join(applied) if applied else 'up to date'}")


def _role_passwords() -> dict[str, str] | None:
    """One password a role, so that a web process can't act as the owner of the tables. None: the server asks for none."""
    owner = value("DATABASE_PASSWORD")
    if owner is None:
        return None
    return {
        databases.OWNER: owner,
        databases.WEB: value("DATABASE_WEB_PASSWORD") or owner,
        databases.WORKER: value("DATABASE_WORKER_PASSWORD") or owner,
    }


@click.command()
@service_option
@click.option(
    "--bind", default="127.0.0.1:8000", show_default=True, help='"host:port", or "fd://3" for an open socket.'
)
def web(names: tuple[str, ...], bind: str) -> None:
    """Serve the pages and the API of one service, or of all side by side by path.

    WEB_WORKERS and WEB_THREADS set how many processes and threads answer (2 and 8).

    \b
    Example:  accord web --service teacher --bind 0.0.0.0:8000
    """
    from accord.web import serve

    os.environ.update(environment())
    serve(services.chosen(names), bind)


@click.command()
@service_option
@click.option(
    "--nice",
    "niceness",
    type=click.IntRange(0, 19),
    envvar="WORKER_NICE",
    default=0,
    show_default=True,
    help="How far this process gives way to others on the machine.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    envvar="METRICS_PORT",
    help="Where /metrics is served, if anywhere.",
)
def work(names: tuple[str, ...], niceness: int, metrics_port: int | None) -> None:
    """Run the worker of one service, or of all: publish events, apply them, send messages.

    METRICS_PORT and WORKER_NICE are the same as --metrics-port and --nice. `accord up` sets WORKER_NICE to 3, because there
    the worker shares the machine with the web server.

    \b
    Example:  accord work --service reporting
    """
    import prometheus_client

    from accord.priority import give_way
    from shared import logs
    from shared.config import load_settings
    from shared.worker import run_roles, throughput

    give_way(niceness)
    variables = environment()
    chosen = services.chosen(names)
    logs.configure(service="+".join(service.name for service in chosen), role="worker")
    if metrics_port is not None:
        prometheus_client.start_http_server(metrics_port, addr="0.0.0.0")  # noqa: S104
    roles = [role for service in chosen for role in service.create_worker(load_settings(service.name, variables))]
    with throughput():
        run_roles(roles)


@click.command()
def status() -> None:
    """Say what runs on this machine and whether the databases are up to date.

    \b
    Example:  accord status
    """
    from shared import migrations
    from shared.config import load_settings
    from shared.db import connect

    variables = environment()
    for name, number in processes().items():
        say(f"{name}: process {number}")
    for service in services.chosen():
        engine = connect(load_settings(service.name, variables), "worker")
        missing = migrations.pending(engine, service.versions)
        say(f"{service.name}: " + (f"lacks {', '.join(missing)}; run `accord migrate`" if missing else "up to date"))
        engine.dispose()


COMMANDS: tuple[click.Command, ...] = (up, reset, migrate, web, work, status)
