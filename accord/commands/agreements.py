"""Commands for people who write agreements: check a document, run a folder's cases, record that it was ratified."""

from pathlib import Path

import click

from services.evaluation.core.agreements import AgreementError, load_agreement, run_cases


@click.group()
def agreements() -> None:
    """Check agreement documents and run their cases, anywhere on disk.

    \b
    Example:  accord agreements check our-district/agreement.yaml
    """


@agreements.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Say what is wrong with an agreement: file, line, place, and how to mend it.

    Ends with 0 where the agreement holds, 1 where it does not, 2 where the file is not there.

    \b
    Example:  accord agreements check our-district/agreement.yaml
    """
    try:
        agreement = load_agreement(file)
    except AgreementError as error:
        for finding in error.findings:
            click.echo(str(finding))
        raise SystemExit(1) from None
    click.echo(f"{agreement.title}: nothing found.")
    click.echo(f"content {agreement.content_hash}")
    click.echo(f"structure {agreement.structure_hash}")


@agreements.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def test(folder: Path) -> None:
    """Run a folder's cases.yaml against its agreement.yaml.

    Ends with 0 where every case passed, 1 where one failed or a document is refused, 2 where the folder is not there.

    \b
    Example:  accord agreements test our-district
    """
    try:
        results = run_cases(folder)
    except AgreementError as error:
        for finding in error.findings:
            click.echo(str(finding))
        raise SystemExit(1) from None
    for result in results:
        for failure in result.failures:
            click.echo(f"{result.case.id}: {failure}")
    failed = sum(not result.passed for result in results)
    click.echo(f"{len(results) - failed} passed, {failed} failed")
    if failed:
        raise SystemExit(1)


@agreements.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--district", required=True, help="The district's name, as the directory has it.")
@click.option(
    "--signed",
    multiple=True,
    required=True,
    metavar="PARTY:NAME:DAY",
    help="A signatory: the party's id in the document, the name, and the day as YYYY-MM-DD. Once for each.",
)
def ratify(file: Path, district: str, signed: tuple[str, ...]) -> None:
    """Record that both parties signed an agreement. A ratified version never changes.

    \b
    Example:  accord agreements ratify agreement.yaml --district "Larkspur Unified" \\
                --signed "association:I. Okafor:2026-06-12" --signed "district:H. Marsh:2026-06-12"
    """
    from accord.ratifying import ratify as keep

    keep(file, district, signed)


COMMANDS = (agreements,)
