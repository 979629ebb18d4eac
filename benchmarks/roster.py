"""The demo district's roster, many times over: the same schools and staff again and again under other names."""

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from accord.demo.roster import SCHOOLS, write_roster

Row = dict[str, str]


def write_grown(path: Path, first_day: date, last_day: date, times: int) -> int:
    """Write a roster of at least `times` the demo district's staff, the demo district among them; answers how many."""
    with TemporaryDirectory() as folder:
        small = Path(folder) / "small.zip"
        write_roster(small, first_day, last_day)
        with zipfile.ZipFile(small) as package:
            tables = {name: _read(package.read(name)) for name in package.namelist()}
    schools = {school for school, _, _ in SCHOOLS}
    copied = {row["sourcedId"] for row in tables["users.csv"] if row["primaryOrgSourcedId"] in schools}
    copies = -(-len(tables["users.csv"]) * (times - 1) // len(copied))
    for name, ours in (
        ("orgs.csv", [row for row in tables["orgs.csv"] if row["sourcedId"] in schools]),
        ("users.csv", [row for row in tables["users.csv"] if row["sourcedId"] in copied]),
        ("roles.csv", [row for row in tables["roles.csv"] if row["userSourcedId"] in copied]),
    ):
        tables[name] += [_again(row, number, schools | copied) for number in range(1, copies + 1) for row in ours]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, rows in tables.items():
            package.writestr(name, _written(rows))
    return len(tables["users.csv"])


def username(base: str, copy: int) -> str:
    """What somebody of that copy signs in with."""
    return f"{base}.{copy}"


def _again(row: Row, copy: int, copied: set[str]) -> Row:
    """The row for another school or person: what names the row, or another one of the copied, gets the copy's number."""
    changed = {name: f"{value}-{copy}" if value in copied else value for name, value in row.items()}
    changed["sourcedId"] = f"{row['sourcedId']}-{copy}"
    if "name" in row:
        changed |= {"name": f"{row['name']} {copy}", "identifier": changed["sourcedId"]}
    if "username" in row:
        changed |= {
            "username": username(row["username"], copy),
            "familyName": f"{row['familyName']} {copy}",
            "email": f"{username(row['username'], copy)}@larkspur.example",
        }
    return changed


def _read(content: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


def _written(rows: Iterable[Row]) -> str:
    listed = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, listed[0], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue()
