"""The demo district as `accord up` meets it: filled once, and who can sign in told at each start."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from accord.demo.load import DISTRICT_ID, PASSWORD, Account, fill, is_filled
from accord.demo.roster import DISTRICT
from accord.say import console, say, step
from shared.config import Settings, load_settings


def start_demo(folder: Path, environment: Mapping[str, str]) -> None:
    """Fill an empty installation; print the table of accounts. `folder`: the installation's, which keeps the table."""
    table = folder / "demo.json"

    def settings_of(service: str) -> Settings:
        return load_settings(service, environment)

    if not table.exists():
        if is_filled(settings_of("directory"), DISTRICT_ID):
            say("The demo district was cut off while it was filled. `make reset` empties it; then start again.")
            return
        if is_filled(settings_of("directory")):
            return  # somebody's own district lives here
        with step("Filling the demo district"):
            accounts = fill(settings_of, say)
        table.write_text(json.dumps([asdict(account) for account in accounts], ensure_ascii=False), encoding="utf-8")
    tell_accounts([Account(**row) for row in json.loads(table.read_text(encoding="utf-8"))])


def tell_accounts(accounts: list[Account]) -> None:
    """Who can sign in, and what they will see there."""
    shown = Table(title=f"{DISTRICT} – everyone's password: {PASSWORD}", title_justify="left", box=None, pad_edge=False)
    for head in ("Username", "Name", "Who", "Sees"):
        shown.add_column(head, overflow="fold")
    for account in accounts:
        shown.add_row(account.username, account.name, account.who, account.sees)
    console.print()
    console.print(shown)
