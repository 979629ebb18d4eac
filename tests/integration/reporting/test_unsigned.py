"""A signature that never came, as the evaluator noted: done, and late, and neither signed nor refused."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, text

from accord.services import BY_NAME
from services.reporting.marks import Marks
from services.reporting.reports.completion import people
from services.reporting.reports.counts import step_counts
from services.reporting.reports.entries import COLUMNS, Wanted, entries
from services.reporting.reports.places import Place
from shared.config import Settings
from shared.db import connect, sqlalchemy_url, transaction
from tests.integration.reporting.test_projector import assert_counts_hold
from tests.support.migrating import apply_again
from tests.support.reporting import SECRET, World, apply_all, shuffled
from tests.support.reports import filled
from tests.support.stories import Story

Dump = dict[str, list[tuple[Any, ...]]]
DUE = date(2025, 10, 15)
TODAY = date(2025, 11, 20)


def unsigned(world: World) -> Story:
    """Everything in it is done but the signature, which was due on 15 October and noted as lacking some days after."""
    school = world.schools[0]
    story = Story(world.teller, UUID(int=1), world.cycle_id, school, UUID(int=2))
    story.open().assign(world.principals[school])
    story.later(days=34).begin("signature", due_on=DUE, duty="subject", kind="signature")
    story.later(days=14).finish(
        "signature", outcome="unsigned", due_on=DUE, late=True, duty="subject", kind="signature"
    )
    return story


def test_it_counts_as_done_late_and_neither_as_signed_nor_as_refused(engine: Engine) -> None:
    world = World(staff=0, schools=1)
    story = unsigned(world)
    apply_all(engine, world.told())
    assert_counts_hold(engine, world.district_id)
    wide = Place(world.cycle_id)
    own = Place(world.cycle_id, "evaluator", story.school_id, story.evaluator_id, present=True)
    with transaction(engine, world.district_id) as connection:
        for place in (wide, Place(world.cycle_id, "evaluator", story.school_id, story.evaluator_id), own):
            [row] = [
                one
                for one in step_counts(connection, world.district_id, place, TODAY).rows
                if one.key.startswith("signature")
            ]
            count = row.count
            assert (count.required, count.done, count.done_late, count.overdue, count.open) == (1, 1, 1, 0, 0)
            assert (count.signed, count.refused, count.unsigned) == (0, 0, 1), "together they are what was done"
            for column in COLUMNS:
                found = entries(connection, world.district_id, Wanted(place, column, row.key), TODAY)
                assert [one.state for one in found] == ["unsigned"] * getattr(count, column), column
        [person] = people(connection, world.district_id, own, TODAY)
    assert (person.done, person.overdue) == (1, 1), "what is late now is the goals"


def test_whatever_order_the_events_come_in_the_tables_are_the_same(
    engine: Engine, empty: Callable[[Engine], None], dump: Callable[[Engine, UUID], Dump]
) -> None:
    world = World(seed=5, staff=12)
    unsigned(world)
    apply_all(engine, world.told())
    first = dump(engine, world.district_id)
    for order, most in ((world.told(), 1), (shuffled(world.told(), 7), 500)):
        empty(engine)
        apply_all(engine, order, most=most)
        assert dump(engine, world.district_id) == first


def test_the_audit_tells_that_it_was_not_signed_and_who_noted_it(service_settings: Callable[..., Settings]) -> None:
    world = World(staff=6, schools=1)
    story = unsigned(world)
    settings = service_settings("reporting", secret_key=SECRET)
    reports = filled(settings, world, World(staff=0, district="south"), minimum=3)
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    union = reports.client("union_representative")
    row = union.get(f"/audit/evaluations/{mark}").text.split('<tr id="signature">')[1].split("</tr>")[0]
    assert "Not signed" in row and "the evaluator" in row
    assert "Signature refused" not in row and "Late since" not in row
    record = union.get(f"/api/v1/audit/evaluations/{mark}").json
    [step] = [one for one in record["steps"] if one["step_id"] == "signature"]
    assert (step["state"], step["late"], step["done_by"], step["done_on"]) == (
        "unsigned", True, "evaluator", str((story.at - timedelta(hours=7)).date())
    )  # fmt: skip
    lines = list(csv.DictReader(union.get("/audit/record.csv").text.lstrip("\ufeff").splitlines()))
    assert [one["state"] for one in lines if one["evaluation"] == mark and one["step"] == "signature"] == ["unsigned"]
    page = union.get("/audit").text
    assert ">Not signed</" in page and "column=unsigned" in page
    assert "neither signed nor refused by the last day" in page, "what the column counts"
    behind = union.get("/audit/entries?column=unsigned").text
    assert f"/audit/evaluations/{mark}" in behind and behind.count("/audit/evaluations/") == 1
    counts = list(csv.DictReader(union.get("/audit/counts.csv").text.lstrip("\ufeff").splitlines()))
    told = [
        (one["done"], one["signed"], one["signature_refused"], one["unsigned"])
        for one in counts
        if one["step"] == "signature"
    ]
    assert sum(int(one[3]) for one in told) == 1
    assert all(int(done) == sum(map(int, rest)) for done, *rest in told), "the columns add up"
    assert union.get("/api/v1/audit").json["total"]["unsigned"] == 1
    board = reports.client("hr").get("/api/v1/completion").json
    document = reports.app.test_client().get("/api/openapi.json").json
    assert "unsigned" in str(document["components"]["schemas"]), "the state is told to callers"
    assert board["total"]["done_late"] >= 1


def test_a_database_of_before_takes_it_once_it_is_brought_up_to_date(service_settings: Callable[..., Settings]) -> None:
    settings = service_settings("reporting")
    owner = settings.database_urls["owner"]
    before = "state IN ('planned', 'open', 'done', 'signed', 'refused', 'filed', 'lapsed', 'withdrawn')"
    with create_engine(sqlalchemy_url(owner)).begin() as connection:
        connection.execute(text("ALTER TABLE report_step DROP CONSTRAINT report_step_state"))
        connection.execute(text(f"ALTER TABLE report_step ADD CONSTRAINT report_step_state CHECK ({before})"))
    apply_again(owner, BY_NAME["reporting"].versions, "0006")
    world = World(staff=0, schools=1)
    unsigned(world)
    apply_all(connect(settings, "worker"), world.told())


def test_what_a_database_held_before_is_counted_once_it_is_brought_up_to_date(
    service_settings: Callable[..., Settings],
) -> None:
    settings = service_settings("reporting")
    owner, engine = settings.database_urls["owner"], connect(settings, "worker")
    worlds = (World(seed=5, staff=12), World(seed=6, staff=3, district="south"))
    for world in worlds:
        unsigned(world)
        apply_all(engine, world.told())
    with create_engine(sqlalchemy_url(owner)).begin() as connection:
        connection.execute(text("ALTER TABLE report_step_count DROP COLUMN unsigned"))
    apply_again(owner, BY_NAME["reporting"].versions, "0007")
    for world in worlds:
        assert_counts_hold(engine, world.district_id)
        with transaction(engine, world.district_id) as connection:
            total = step_counts(connection, world.district_id, Place(world.cycle_id), TODAY).total
        assert total is not None and total.unsigned >= 1
