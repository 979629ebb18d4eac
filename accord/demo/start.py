"""The demo district as `accord up` meets it: filled once, to its end or afresh, and who can sign in told at each start."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from accord.demo.load import DISTRICT_ID, PASSWORD, Account, fill, is_filled
from accord.demo.roster import DISTRICT
from accord.events import Look
from accord.say import console, say, step
from shared.config import Settings, load_settings

TABLE, FILLING = "demo.json", "demo.filling"
"""In the installation's folder: the accounts, written when the district is whole, and what stands there until then."""


def start_demo(folder: Path, environment: Mapping[str, str], look: Look) -> None:
    """Fill an empty installation; print the table of accounts. `folder`: the installation's. `look`: called while the workers
    are waited for, raises where they have ended.

    Raises DemoError, and what `look` raises.
    """
    table = folder / TABLE
    if not table.exists() and not _fill(folder, environment, look):
        return
    (folder / FILLING).unlink(missing_ok=True)
    tell_accounts([Account(**row) for row in json.loads(table.read_text(encoding="utf-8"))])


def was_cut_off(folder: Path) -> bool:
    """Whether an earlier start was ended while it filled the district."""
    return (folder / FILLING).exists() and not (folder / TABLE).exists()


def _fill(folder: Path, environment: Mapping[str, str], look: Look) -> bool:
    """Whether the district was filled; not where somebody's own lives here."""

    def settings_of(service: str) -> Settings:
        return load_settings(service, environment)

    if is_filled(settings_of("directory")):
        if is_filled(settings_of("directory"), DISTRICT_ID):
            say(
                "The demo district was cut off while it was filled, and somebody has worked here since: it is left as it is."
            )
            say("`make reset` empties it.")
        return False
    (folder / FILLING).touch()
    try:
        with step("Filling the demo district"):
            accounts = fill(settings_of, say, look=look)
    except KeyboardInterrupt:
        say("The demo district is not whole; the next start fills it afresh.")
        raise
    whole = folder / f"{TABLE}.new"
    whole.write_text(json.dumps([asdict(account) for account in accounts], ensure_ascii=False), encoding="utf-8")
    whole.replace(folder / TABLE)
    return True


def tell_accounts(accounts: list[Account]) -> None:
    """Some of those who can sign in, and what they see there at first."""
    shown = Table(title=f"{DISTRICT} – everyone's password: {PASSWORD}", title_justify="left", box=None, pad_edge=False)
    for head in ("Username", "Name", "Who", "Sees at first"):
        shown.add_column(head, overflow="fold")
    for account in accounts:
        shown.add_row(account.username, account.name, account.who, account.sees)
    console.print()
    console.print(shown)
    say("All others of the district sign in with that password too; their usernames stand under District, People.")
