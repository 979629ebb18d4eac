"""Whoever owns an account hears of a link that was made for it and of its password being set; their own page shows both."""

from datetime import timedelta
from typing import ClassVar

from services.directory.at_the_desk import link_for
from services.directory.housekeeping import clear
from shared.contracts.directory import EmailChanged, LinkMade, PasswordSet, PersonChanged
from shared.contracts.registry import declaration_of
from shared.db import connect, transaction
from tests.support.directories import PASSWORD, Directory
from tests.support.directory_web import Browser, Site, plain, tran
from tests.support.rosters import roster, small

NEW = "granite-willow-harbor-3"


def links_told(directory: Directory) -> list[LinkMade]:
    return [each for each in directory.events() if isinstance(each, LinkMade)]


def passwords_told(directory: Directory) -> list[PasswordSet]:
    return [each for each in directory.events() if isinstance(each, PasswordSet)]


def page_of(site: Site) -> str:
    return f"/people/{site.directory.person('Tran')}"


def link_from(page: str) -> str:
    """The path of the link that a page shows, below the directory's prefix."""
    return page.split("/set-password/", 1)[1].split("<", 1)[0].strip()


def use(browser: Browser, link: str, password: str) -> int:
    return browser.post(f"/set-password/{link}", {"password": password, "password_again": password}).status_code


class TestLinks:
    def test_a_link_to_an_account_that_has_a_password_is_told(self, site: Site, admin: Browser) -> None:
        tran(site)
        shown = admin.post(f"{page_of(site)}/link", page=page_of(site))
        (told,) = links_told(site.directory)
        assert (told.person_id, told.made_by) == (site.directory.person("Tran"), site.directory.admin_id)
        assert (told.made_at, told.expires_at) == (site.directory.at, site.directory.at + timedelta(days=7))
        assert link_from(shown.text).rsplit("/", 1)[-1] not in str(told), "the link itself is told to nobody"

    def test_a_first_link_is_told_to_nobody(self, site: Site, admin: Browser) -> None:
        admin.post(f"{page_of(site)}/link", page=page_of(site))
        admin.post("/schools/links", {}, page="/schools")
        assert links_told(site.directory) == []

    def test_of_a_link_that_was_not_made_nothing_is_told(self, site: Site, admin: Browser) -> None:
        tran(site)
        admin.post(f"{page_of(site)}/shut-out", page=page_of(site))
        assert admin.post(f"{page_of(site)}/link", page="/me").status_code == 409
        assert links_told(site.directory) == []

    def test_one_made_at_the_command_line_names_nobody(self, site: Site) -> None:
        tran(site)
        with site.directory.writing() as writing:
            link_for(writing, "tom.tran")
        assert [told.made_by for told in links_told(site.directory)] == [None]

    def test_changing_ones_password_ends_a_link_that_somebody_made(self, site: Site, admin: Browser) -> None:
        """What the owner is told to do against a link they did not ask for."""
        browser = tran(site)
        link = link_from(admin.post(f"{page_of(site)}/link", page=page_of(site)).text)
        assert site.visitor().get(f"/set-password/{link}").status_code == 200
        fields = {"present_password": PASSWORD, "password": NEW, "password_again": NEW}
        assert browser.post("/me/password", fields).status_code == 303
        assert site.visitor().get(f"/set-password/{link}").status_code == 410


class TestPasswords:
    def test_one_set_by_a_link_is_told_with_who_made_the_link(self, site: Site, admin: Browser) -> None:
        link = link_from(admin.post(f"{page_of(site)}/link", page=page_of(site)).text)
        before = len(passwords_told(site.directory))
        assert use(site.visitor(), link, "short") == 422
        assert len(passwords_told(site.directory)) == before, "it was not set"
        site.directory.at += timedelta(minutes=5)
        assert use(site.visitor(), link, PASSWORD) == 303
        told = passwords_told(site.directory)[-1]
        assert (told.person_id, told.by_link, told.link_made_by, told.set_at) == (
            site.directory.person("Tran"), True, site.directory.admin_id, site.directory.at,
        )  # fmt: skip

    def test_one_that_its_owner_changed_is_told(self, site: Site) -> None:
        browser = tran(site)
        fields = {"password": NEW, "password_again": NEW}
        browser.post("/me/password", {"present_password": "not-the-present-one", **fields})
        assert [told.by_link for told in passwords_told(site.directory)] == [True]
        browser.post("/me/password", {"present_password": PASSWORD, **fields})
        told = passwords_told(site.directory)[-1]
        assert (told.person_id, told.by_link, told.link_made_by) == (site.directory.person("Tran"), False, None)

    def test_each_has_a_key_of_its_own(self, site: Site) -> None:
        """The topic is compacted: under a person's key only the newest would be kept."""
        for password in (PASSWORD, NEW):
            site.directory.give_password(site.directory.person("Tran"), password)
        events = [*passwords_told(site.directory), *links_told(site.directory)]
        keys = {declaration_of(type(each)).key_of(each, site.directory.district_id) for each in events}
        assert len(events) == len(keys) == 3
        assert str(site.directory.person("Tran")) not in keys


def addresses_told(directory: Directory) -> list[EmailChanged]:
    return [each for each in directory.events() if isinstance(each, EmailChanged)]


class TestAddresses:
    """Whoever changes the address of an account, and then makes a link to it, would else be told of it alone."""

    FIELDS: ClassVar[dict[str, object]] = {
        "given_name": "Olga", "family_name": "Owner", "username": "olga", "email": "olga@example.org",
    }  # fmt: skip

    def entered(self, site: Site, admin: Browser, *, password: bool = True) -> str:
        answer = admin.post("/people/new", self.FIELDS | {"role": "teacher"})
        assert answer.status_code == 303
        if password:
            site.directory.give_password(site.directory.person("Owner"))
        return f"/people/{site.directory.person('Owner')}"

    def test_by_the_page_it_is_told_at_the_old_one(self, site: Site, admin: Browser) -> None:
        page = self.entered(site, admin)
        assert admin.post(f"{page}/edit", self.FIELDS | {"email": "eve@example.org"}).status_code == 303
        (told,) = addresses_told(site.directory)
        assert (told.person_id, told.old_email, told.changed_by, told.changed_at) == (
            site.directory.person("Owner"), "olga@example.org", site.directory.admin_id, site.directory.at,
        )  # fmt: skip
        assert "eve@example.org" not in str(told)
        assert admin.post(f"{page}/edit", self.FIELDS | {"email": ""}).status_code == 303
        assert [one.old_email for one in addresses_told(site.directory)] == ["olga@example.org", "eve@example.org"]

    def test_by_the_roster_too_and_once_for_each_owner(self, site: Site) -> None:
        tran(site)
        tables = small()
        for row in tables["users"]:
            row["email"] = f"new.{row['email']}"
        site.directory.load(roster(tables))
        assert [(one.person_id, one.old_email, one.changed_by) for one in addresses_told(site.directory)] == [
            (site.directory.person("Tran"), "T1@example.org", None)
        ], "of three people one has a password"
        site.directory.load(roster(tables))
        assert len(addresses_told(site.directory)) == 1

    def test_a_first_password_other_names_and_other_capitals_tell_nobody(self, site: Site, admin: Browser) -> None:
        page = self.entered(site, admin, password=False)
        admin.post(f"{page}/edit", self.FIELDS | {"email": "olga.owner@example.org"})
        site.directory.give_password(site.directory.person("Owner"))
        admin.post(f"{page}/edit", self.FIELDS | {"email": "Olga.Owner@example.org", "given_name": "Olya"})
        assert addresses_told(site.directory) == []
        events = [each for each in site.directory.events() if isinstance(each, PersonChanged)]
        assert events[-1].email == "Olga.Owner@example.org"


class TestOnesOwnPage:
    def test_it_shows_when_and_by_whom_the_last_link_was_made(self, site: Site, admin: Browser) -> None:
        browser = tran(site)
        site.directory.at += timedelta(minutes=10)
        link = link_from(admin.post(f"{page_of(site)}/link", page=page_of(site)).text)
        words = plain(browser.get("/me"))
        assert "Password Set on Mon 24 Nov 2025, 09:00 CST" in words
        assert "Last one-time link Made on Mon 24 Nov 2025, 09:10 CST by Ada Admin. Not used." in words
        site.directory.at += timedelta(minutes=1)
        assert use(site.visitor(), link, NEW) == 303
        site.enter(browser, "tom.tran", NEW)
        words = plain(browser.get("/me"))
        assert "Password Set on Mon 24 Nov 2025, 09:11 CST" in words
        assert "09:10 CST by Ada Admin. Used on Mon 24 Nov 2025, 09:11 CST." in words

    def test_one_made_at_the_command_line_is_told_so(self, site: Site) -> None:
        assert "09:00 CST by the command line. Used on" in plain(tran(site).get("/me"))

    def test_the_api_says_the_same(self, site: Site) -> None:
        body = tran(site).get("/api/v1/me").get_json()
        assert body["password_set_at"] == "2025-11-24T15:00:00+00:00"
        assert body["last_link"] == {
            "made_at": "2025-11-24T15:00:00+00:00", "made_by": None, "used_at": "2025-11-24T15:00:00+00:00",
        }  # fmt: skip

    def test_the_last_link_is_remembered_and_those_before_it_are_let_go(self, site: Site, admin: Browser) -> None:
        browser, long_after = tran(site), site.directory.at + timedelta(days=400)
        site.directory.at += timedelta(minutes=10)
        admin.post(f"{page_of(site)}/link", page=page_of(site))
        worker = connect(site.directory.settings, "worker")
        with transaction(worker, None) as connection:
            clear(connection, long_after)
        worker.dispose()
        assert site.directory.count("one_time_link") == 2, "the administrator's and the teacher's last"
        assert "09:10 CST by Ada Admin" in plain(browser.get("/me"))
