"""Importing a OneRoster zip: what was found, what would change, and on request the import itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from accord.say import console, say, step
from accord.settings import environment
from shared.config import load_settings

if TYPE_CHECKING:
    from services.directory.handlers.roster import Answers, Checked
    from services.directory.oneroster.findings import Finding, Report
    from services.directory.planning.summary import Summary
    from services.directory.refusals import Refused
    from services.directory.store.saving import Writing

REFUSED, ASKED = 1, 3
"""Exit codes besides 0 (done) and click's 2 (wrong use)."""
_SHOWN = 40


@click.group()
def roster() -> None:
    """Bring staff, schools and school years in from a OneRoster zip.

    \b
    Example:  accord roster import staff.zip
    """


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--district", help="Name of the district; needed where there is more than one.")
@click.option("--apply", is_flag=True, help="Import what was found. Without it this is a dry run.")
@click.option(
    "--confirm-ending", type=int, metavar="N", help="Yes, N staff lose their access or role (asked by OR070)."
)
@click.option(
    "--confirm-losing", type=int, metavar="N", help="Yes, N staff lose their part in evaluations (asked by OR074)."
)
@click.option("--confirm-roles", is_flag=True, help="Yes, the proposed roles are right (asked by OR071).")
@click.option("--confirm-same-people", is_flag=True, help="Yes, they are the same people and schools (asked by OR073).")
@click.option("--all", "everything", is_flag=True, help="Show every finding, not the first of each code.")
def import_(  # noqa: PLR0917 - click's own order
    file: Path,
    district: str | None,
    apply: bool,
    confirm_ending: int | None,
    confirm_losing: int | None,
    confirm_roles: bool,
    confirm_same_people: bool,
    everything: bool,
) -> None:
    """Check the roster in FILE and say what it would change; with --apply, import all of it or nothing.

    Ends with 0 where it could be (or was) imported so, 1 where something must be mended first, 3 where a question waits for
    an answer (a dry run says too which option gives it), 2 where the command was used wrongly.

    \b
    Example:  accord roster import staff.zip
              accord roster import staff.zip --apply
              accord roster import staff.zip --apply --confirm-same-people
    """
    from services.directory import at_the_desk as desk
    from services.directory.handlers.roster import Answers, check_roster

    with desk.opened(load_settings("directory", environment())) as engine:
        try:
            place = desk.find_place(engine, district)
        except desk.NoSuchDistrictError as error:
            raise click.UsageError(str(error)) from None
        with step(f"Reading {file.name} for {place.name}"), desk.writing_in(engine, place) as writing:
            checked = check_roster(writing, file, file.name)
        _show(checked, everything=everything)
        if checked.report.errors or checked.summary is None:
            say("\nNothing was imported. Mend what is named above, export again, and import the new zip.")
            raise SystemExit(REFUSED)
        answers = Answers(confirm_ending, confirm_losing, confirm_roles, confirm_same_people)
        if not apply:
            _try(checked, answers)
            return
        with step("Importing"), desk.writing_in(engine, place) as writing:
            _apply(writing, checked, answers)


def _try(checked: "Checked", answers: "Answers") -> None:
    """Say how a dry run ends: whether these answers would do."""
    from services.directory.handlers.roster import refuse_unanswered
    from services.directory.refusals import Refused

    assert checked.plan is not None, "nothing must be mended first"
    assert checked.staged is not None, "nor has it been left out"
    say("")
    try:
        refuse_unanswered(checked.plan, checked.staged, answers)
    except Refused as refusal:
        _say_open(refusal)
        say("This was a dry run: nothing has changed. Import it with --apply and what is named above.")
        raise SystemExit(ASKED) from None
    say("This was a dry run: nothing has changed. Import it with --apply.")


def _apply(writing: "Writing", checked: "Checked", answers: "Answers") -> None:
    """Leaving by SystemExit undoes the transaction."""
    from services.directory.handlers.roster import apply_roster
    from services.directory.refusals import Refused

    try:
        plan = apply_roster(writing, checked.batch_id, answers)
    except Refused as refusal:
        if refusal.code != "not_confirmed":
            raise click.ClickException(
                "The directory changed while this ran; nothing was imported. Run it again."
            ) from None
        _say_open(refusal)
        say("Nothing was imported.")
        raise SystemExit(ASKED) from None
    say("Nothing differed; nothing was changed." if plan.empty else "Imported.")


def _say_open(refusal: "Refused") -> None:
    """Each question that waits, with the option that answers it."""
    from services.directory.refusal_wording import field_words

    options = {
        "confirm_ending": f"--confirm-ending {refusal.values['ending']}",
        "confirm_losing": f"--confirm-losing {refusal.values['losing']}",
    }
    for field, code in refusal.fields.items():
        option = options.get(field, "--" + field.replace("_", "-"))
        say(f"{code}: {field_words(code)} If that is right, add {option}")


def _show(checked: "Checked", *, everything: bool) -> None:
    findings = checked.report.findings
    if findings:
        console.print(_findings_table(_chosen(findings, everything=everything)))
        _say_rest(checked.report, everything=everything)
    else:
        say("Nothing to find fault with.")
    if checked.summary is not None:
        _show_summary(checked.summary)


def _chosen(findings: Sequence["Finding"], *, everything: bool) -> list["Finding"]:
    """Every finding, or of each code the first few."""
    if everything:
        return list(findings)
    seen: dict[str, int] = {}
    chosen: list[Finding] = []
    for finding in findings:
        seen[finding.code] = seen.get(finding.code, 0) + 1
        if seen[finding.code] <= 5 and len(chosen) < _SHOWN:
            chosen.append(finding)
    return chosen


def _findings_table(findings: Sequence["Finding"]) -> Table:
    from services.directory.wording import SEVERITY, finding_words

    table = Table("Code", "", "File", "Line", "Column", "What", title_justify="left", header_style="bold")
    for one in findings:
        line = "" if one.line is None else str(one.line)
        table.add_row(one.code, str(SEVERITY[one.severity]), one.file, line, one.column or "", finding_words(one))
    return table


def _say_rest(report: "Report", *, everything: bool) -> None:
    from services.directory.wording import remedy_words, title_words

    for code, count in sorted(report.counts.items()):
        say(f"{code} {title_words(code)}: {count}. {remedy_words(code)}")
    if not everything and len(report.findings) > len(_chosen(report.findings, everything=False)):
        say("Only the first of each code are listed; --all lists every one.")


def _show_summary(summary: "Summary") -> None:
    from services.directory.wording import ACTION, DROPPED, SORT

    table = Table("", *[str(words) for words in ACTION.values()], header_style="bold")
    for sort, counts in summary.counts.items():
        table.add_row(str(SORT[sort]), *[str(counts.get(action, 0)) for action in ACTION])
    console.print(table)
    if summary.ending:
        say(
            f"{summary.ending} of {summary.staff_before} members of staff "
            "would lose their access or their role, at once or within 30 days."
        )
    if summary.losing:
        say(
            f"{summary.losing} of {summary.staff_before} members of staff would go on working, but lose the role by which "
            "they are evaluated or evaluate, at once or within 30 days."
        )
    if summary.dropped:
        left = ", ".join(f"{DROPPED.get(sort, sort)} {count}" for sort, count in summary.dropped.items())
        say(f"Counted and left out: {left}.")


COMMANDS: tuple[click.Command, ...] = (roster,)
