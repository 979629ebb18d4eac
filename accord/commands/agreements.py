"""Commands for people who write agreements: check a document, run a folder's cases. Neither needs a running system."""

from pathlib import Path

import click

from services.evaluation.core.agreements import AgreementError, load_agreement, run_cases


@click.group()
def agreements() -> None:
    """Check agreement documents and run their cases, anywhere on disk."""


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


COMMANDS = (agreements,)
