"""A second school of one name is asked about, however it is written and whoever enters it in the same moment; a roster's
schools are told apart by their ids."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from accord.services import BY_NAME
from services.directory.commands import AddSchool, ChangeSchool
from services.directory.handlers.district import add_school, change_school
from services.directory.refusals import Refused
from shared.db import sqlalchemy_url
from tests.integration.directory.test_api import Caller
from tests.support.directories import PASSWORD, Directory
from tests.support.directory_web import Browser, Site, plain
from tests.support.migrating import apply_again
from tests.support.rosters import org, roster, small

MANY = 6


def enter(directory: Directory, name: str, *, another: bool = False) -> UUID:
    with directory.writing() as writing:
        return add_school(writing, AddSchool(name, another=another))


def change(directory: Directory, school: UUID, name: str, *, active: bool = True, another: bool = False) -> None:
    with directory.writing() as writing:
        change_school(writing, ChangeSchool(school, None, name, active, another=another))


class TestCommands:
    @pytest.mark.parametrize(
        "name", ["École du Port", "ecole du port", "ECOLE  DU\u00a0PORT", "E\u0301cole du port", "Ｅcole du Port"]
    )
    def test_names_are_compared_as_people_compare_them(self, directory: Directory, name: str) -> None:
        enter(directory, "École du Port")
        with pytest.raises(Refused) as refused:
            enter(directory, name)
        assert (refused.value.fields, refused.value.values["name"]) == ({"another": "school_there"}, "École du Port")
        assert directory.count("people_school") == 1

    def test_it_may_be_another_school_of_that_name(self, directory: Directory) -> None:
        enter(directory, "Night School")
        enter(directory, "Night School", another=True)
        enter(directory, "Night Schools")
        assert directory.count("people_school") == 3

    def test_renaming_to_a_name_that_is_taken_is_asked_about(self, directory: Directory) -> None:
        enter(directory, "Night School")
        other = enter(directory, "Evening School")
        with pytest.raises(Refused, match="school_there"):
            change(directory, other, "night school")
        change(directory, other, "night school", another=True)

    def test_what_is_called_so_already_may_be_written_otherwise_closed_and_opened(self, directory: Directory) -> None:
        school = enter(directory, "Night School")
        enter(directory, "Night School", another=True)
        change(directory, school, "NIGHT school", active=False)
        change(directory, school, "NIGHT school")

    def test_a_closed_school_is_told_as_one_that_can_be_opened_again(self, directory: Directory) -> None:
        change(directory, enter(directory, "Night School"), "Night School", active=False)
        with pytest.raises(Refused) as refused:
            enter(directory, "Night School")
        assert refused.value.fields == {"another": "school_there_closed"}

    def test_another_district_has_names_of_its_own(self, make_directory: Callable[..., Directory]) -> None:
        for district in ("North", "South"):
            enter(make_directory(district), "Night School")

    def test_a_roster_may_name_two_alike_and_whoever_enters_a_third_is_asked(self, directory: Directory) -> None:
        tables = small()
        tables["orgs"].append(org("S3", "pier school", parent="D1"))
        directory.load(roster(tables))
        assert directory.count("people_school") == 3
        with pytest.raises(Refused, match="school_there"):
            enter(directory, "Pier School")

    def test_one_of_before_versions_is_changed_once_the_database_is_brought_up_to_date(
        self, directory: Directory
    ) -> None:
        directory.load(roster(small()))
        school = enter(directory, "École du Port")
        owner = directory.settings.database_urls["owner"]
        with create_engine(sqlalchemy_url(owner)).begin() as connection:
            connection.execute(text("TRUNCATE school_record"))
        apply_again(owner, BY_NAME["directory"].versions, "0005")
        assert directory.count("school_record") == 1
        change(directory, school, "École du Lac")

    def test_of_many_who_enter_one_in_the_same_moment_one_does(self, directory: Directory) -> None:
        ready = Barrier(MANY)

        def ask(number: int) -> str:
            ready.wait(10)
            try:
                enter(directory, "Night School" if number % 2 else "NIGHT  SCHOOL")
            except Refused as refused:
                return refused.fields["another"]
            return "entered"

        with ThreadPoolExecutor(MANY) as pool:
            outcomes = list(pool.map(ask, range(MANY)))
        assert sorted(outcomes) == ["entered"] + ["school_there"] * (MANY - 1)


class TestPages:
    def test_the_page_asks_and_takes_the_answer(self, site: Site, admin: Browser) -> None:
        asked = admin.post("/schools", {"name": "PIER  school"})
        assert asked.status_code == 422
        assert "There is a school called “Pier School” already." in plain(asked)
        assert 'name="another"' in asked.text
        assert 'name="another"' not in admin.get("/schools").text, "asked only where it matters"
        assert site.directory.count("people_school") == 2
        assert admin.post("/schools", {"name": "PIER  school", "another": "yes"}).status_code == 303
        assert site.directory.count("people_school") == 3

    def test_renaming_asks_too(self, site: Site, admin: Browser) -> None:
        path = f"/schools/{enter(site.directory, 'Night School')}/edit"
        asked = admin.post(path, {"name": "Quay School", "active": "yes"})
        assert asked.status_code == 422
        assert "There is a school called “Quay School” already." in plain(asked)
        assert 'name="another"' in asked.text
        assert admin.post(path, {"name": "Quay School", "active": "yes", "another": "yes"}).status_code == 303

    def test_the_api_asks_and_takes_the_answer(self, site: Site) -> None:
        site.directory.give_password(site.directory.admin_id, PASSWORD)
        office = Caller(site, "ada")
        assert [office.ask("POST", "/schools", json={"name": "Night School"}).status_code for _ in range(3)] == [
            201, 422, 422,
        ]  # fmt: skip
        refused = office.ask("POST", "/schools", json={"name": "Night School"}).get_json()
        (fault,) = refused["errors"]
        assert fault["pointer"] == "#/another"
        assert fault["detail"].startswith("There is a school called “Night School” already.")
        made = office.ask("POST", "/schools", json={"name": "Night School", "another": True})
        assert made.status_code == 201
        path = f"/schools/{made.get_json()['school_id']}"
        assert office.ask("PUT", path, version=1, json={"name": "Pier School", "active": True}).status_code == 422
        renamed = office.ask("PUT", path, version=1, json={"name": "Pier School", "active": True, "another": True})
        assert renamed.get_json()["name"] == "Pier School"
