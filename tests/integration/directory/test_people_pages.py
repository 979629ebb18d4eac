"""Pages about people: what they show, what they do, what they refuse."""

import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy import event, select

from services.directory.store.tables import account, import_batch
from shared.contracts.directory import CalendarChanged, PersonChanged
from tests.support.directories import Directory
from tests.support.directory_web import Browser, Site, field, plain
from tests.support.rosters import role, roster, small, user


class TestPeople:
    def test_a_list_by_name_without_regard_to_marks(self, site: Site, admin: Browser) -> None:
        tables = small()
        tables["users"] += [user("X1", "Łukasz", "Łącki"), user("X2", "Siobhán", "Ó Briain"), user("X3", "Ola", "Zed")]
        tables["roles"] += [role(f"X{n}", "teacher", "S1") for n in (1, 2, 3)]
        site.directory.load(roster(tables))
        names = re.findall(r'<th scope="row"><a [^>]+>([^<]+)</a>', admin.get("/people").text)
        assert names == [
            "Admin, Ada",
            "Łącki, Łukasz",
            "Ó Briain, Siobhán",
            "Prieto, Ana",
            "Tran, Tom",
            "Ude, Ulli",
            "Zed, Ola",
        ]
        assert "Ó Briain" in plain(admin.get("/people?q=o+briain+siob"))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=tran", ["Tran, Tom"]),
            ("q=T1@example", ["Tran, Tom"]),
            ("q=%25", []),
            ("role=principal", ["Prieto, Ana"]),
            ("role=teacher", ["Tran, Tom", "Ude, Ulli"]),
            ("state=inactive", []),
            ("state=no_password", ["Prieto, Ana", "Tran, Tom", "Ude, Ulli"]),
            ("role=nonsense&page=x", ["Admin, Ada", "Prieto, Ana", "Tran, Tom", "Ude, Ulli"]),
        ],
    )
    def test_search_and_filters(self, admin: Browser, query: str, found: list[str]) -> None:
        assert re.findall(r'<th scope="row"><a [^>]+>([^<]+)</a>', admin.get(f"/people?{query}").text) == found

    def test_a_person_shows_roles_terms_and_evaluators(self, site: Site, admin: Browser) -> None:
        words = plain(admin.get(f"/people/{site.directory.person('Tran')}"))
        for each in (
            "Teacher Pier School Thu 1 Aug 2024 Open The roster",
            "Ana Prieto , named by the roster",
            "No password yet",
        ):
            assert each in words
        assert "Tom Tran" in plain(admin.get(f"/people/{site.directory.person('Prieto')}"))

    @pytest.mark.parametrize(
        ("address", "fields"),
        [
            ("edit", {"given_name": "Tim", "family_name": "Tran", "username": "tim"}),
            ("roles", {"role": "union_representative"}),
            ("evaluators", {}),
            ("shut-out", {}),
            ("let-in", {}),
        ],
    )
    def test_a_form_that_does_not_say_what_it_was_filled_in_on_is_refused(
        self, site: Site, admin: Browser, address: str, fields: dict[str, str]
    ) -> None:
        person = site.directory.person("Tran")
        page = admin.get(f"/people/{person}")
        sent = {**fields, "version": "", "csrf": field(page, "csrf"), "once": field(page, "once")}
        answer = admin.client.post(f"/directory/people/{person}/{address}", data=sent)
        assert answer.status_code == 428, plain(answer)
        assert "nothing was written" in plain(answer)
        assert field(admin.get(f"/people/{person}"), "version") == field(page, "version")

    def test_a_role_is_given_and_ended(self, site: Site, admin: Browser) -> None:
        person = site.directory.person("Tran")
        given = admin.post(f"/people/{person}/roles", {"role": "union_representative"}, page=f"/people/{person}")
        assert given.status_code == 303
        page = admin.get(f"/people/{person}")
        assert "Union representative Whole district Mon 24 Nov 2025 Open The office" in plain(page)
        end = re.search(rf"/people/{person}/roles/[0-9a-f-]+/end", page.text)
        assert end is not None
        assert admin.post(end[0], page=f"/people/{person}").status_code == 303
        told = [
            each for each in site.directory.events() if isinstance(each, PersonChanged) and each.person_id == person
        ]
        assert [len(each.roles) for each in told] == [1, 2, 1], "a role that ended the day it began was never held"

    def test_the_end_of_a_role_is_not_moved_to_a_later_day(self, site: Site, admin: Browser) -> None:
        page = f"/people/{site.directory.person('Tran')}"
        admin.post(f"{page}/roles", {"role": "hr", "ends": "2026-12-31"}, page=page)
        assert "It can be ended earlier than said here, not later" in plain(admin.get(page))
        end = re.search(rf"{page}/roles/[0-9a-f-]+/end", admin.get(page).text)
        assert end is not None
        later = admin.post(end[0], {"ends": "2099-12-31"}, page=page)
        assert later.status_code == 422
        assert "its end can only be moved to an earlier one" in plain(later)
        assert "Thu 31 Dec 2026" in plain(admin.get(page))
        assert admin.post(end[0], page=page).status_code == 303
        again = admin.post(end[0], {"ends": "2099-12-31"}, page=page)
        assert (again.status_code, "A role that is over stays over" in again.text) == (409, True)

    def test_what_the_roster_brought_is_ended_in_the_roster(self, site: Site, admin: Browser) -> None:
        person = site.directory.person("Tran")
        with site.directory.reading() as connection:
            from services.directory.store.people_queries import appointments_of

            (held,) = appointments_of(connection, site.directory.district_id, person)
        answer = admin.post(f"/people/{person}/roles/{held.appointment_id}/end", page=f"/people/{person}")
        assert answer.status_code == 409
        assert "This role comes from the roster." in answer.text

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"role": ""}, "Fill this in."),
            ({"role": "emperor"}, "Choose one of"),
            (
                {"role": "teacher", "school_id": "00000000-0000-0000-0000-000000000000"},
                "Choose a school that is in use.",
            ),
            ({"role": "hr", "begins": "2026-02-01", "ends": "2026-01-01"}, "The end must come after the beginning."),
            ({"role": "hr", "begins": "yesterday"}, "Write a day such as"),
        ],
    )
    def test_a_role_with_a_mistake_is_shown_again(
        self, site: Site, admin: Browser, fields: dict[str, str], words: str
    ) -> None:
        person = site.directory.person("Tran")
        answer = admin.post(f"/people/{person}/roles", dict(fields), page=f"/people/{person}")
        assert answer.status_code == 422
        assert words in plain(answer)

    def test_the_same_role_twice_is_refused(self, site: Site, admin: Browser) -> None:
        person = site.directory.person("Tran")
        for status in (303, 422):
            answer = admin.post(f"/people/{person}/roles", {"role": "hr"}, page=f"/people/{person}")
            assert answer.status_code == status

    def test_evaluators_are_named_in_order(self, site: Site, admin: Browser) -> None:
        directory = site.directory
        tran, prieto, ude = (directory.person(name) for name in ("Tran", "Prieto", "Ude"))
        path = f"/people/{ude}/evaluators"
        assert "Ana Prieto" in admin.get(path).text
        answer = admin.post(path, {"evaluator_1": str(directory.person("Prieto"))})
        assert answer.status_code == 303
        told = [each for each in directory.events() if isinstance(each, PersonChanged) and each.person_id == ude][-1]
        assert told.evaluator_ids == (prieto,)
        for shown, named in ((ude, "Named to evaluate Ulli Ude"), (prieto, "Whom Ana Prieto is named to evaluate")):
            words = plain(admin.get(f"/people/{shown}"))
            assert named in words
            assert "Who evaluates in a cycle that is under way stands on the cycle's board" in html.unescape(words)
        own = admin.post(path, {"evaluator_1": str(ude)})
        assert own.status_code == 422
        assert "Nobody evaluates themself." in own.text
        assert tran not in told.evaluator_ids

    def test_two_who_change_the_same_person(self, site: Site, admin: Browser) -> None:
        """The second is told who was first and when; nothing is overwritten."""
        person = site.directory.person("Tran")
        stale = re.search(r'name="version" value="(\d+)"', admin.get(f"/people/{person}").text)
        assert stale is not None
        assert admin.post(f"/people/{person}/roles", {"role": "hr"}, page=f"/people/{person}").status_code == 303
        late = admin.post(f"/people/{person}/roles", {"role": "aide", "version": stale[1]}, page=f"/people/{person}")
        assert late.status_code == 412
        assert "Ada Admin changed it on Mon 24 Nov 2025, 09:00 CST." in late.text

    def test_the_same_form_sent_twice_counts_once(self, site: Site, admin: Browser) -> None:
        person = site.directory.person("Tran")
        page = admin.get(f"/people/{person}").text
        names = ("csrf", "once", "version")
        hidden = {
            name: re.search(rf'action="/directory/people/{person}/roles".*?name="{name}" value="([^"]*)"', page, re.S)[
                1
            ]
            for name in names
        }  # type: ignore[index]
        first, second = (admin.client.post(f"/people/{person}/roles", data={**hidden, "role": "hr"}) for _ in range(2))
        assert (first.status_code, second.status_code) == (303, 303)
        with site.directory.reading() as connection:
            assert connection.execute(select(account.c.version).where(account.c.person_id == person)).scalar_one() == 2

    def test_entering_somebody_by_hand(self, site: Site, admin: Browser) -> None:
        fields = {
            "given_name": " José ",
            "family_name": "Ó Néill",
            "username": "jose",
            "role": "union_representative",
            "email": "jose@union.example",
        }
        assert admin.post("/people/new", dict(fields)).status_code == 303
        told = [each for each in site.directory.events() if isinstance(each, PersonChanged)][-1]
        assert (told.given_name, told.family_name, told.roles[0].role) == ("José", "Ó Néill", "union_representative")
        again = admin.post("/people/new", {**fields, "username": "JOSE"})
        assert again.status_code == 422
        assert "This is the username or the e-mail address of somebody else" in again.text
        assert "a shared address signs nobody in" in again.text
        assert "Ó Néill" in again.text, "what was typed is kept"
        person = site.directory.person("Ó Néill")
        del fields["role"]
        changed = admin.post(f"/people/{person}/edit", {**fields, "family_name": "O’Neill", "username": "jose"})
        assert changed.status_code == 303
        assert site.directory.person("O’Neill") == person

    def test_people_of_the_roster_are_changed_there(self, site: Site, admin: Browser) -> None:
        fields = {"given_name": "X", "family_name": "Y", "username": "zz"}
        page = f"/people/{site.directory.person('Tran')}"
        for answer in (admin.get(f"{page}/edit"), admin.post(f"{page}/edit", fields, page=page)):
            assert answer.status_code == 409
            assert "come from the roster" in answer.text
            assert 'name="given_name"' not in answer.text

    def test_html_in_a_name_stays_text(self, site: Site, admin: Browser) -> None:
        fields = {
            "given_name": "<b>x</b>",
            "family_name": "<script>alert(1)</script>",
            "username": "x1",
            "role": "other",
        }
        assert admin.post("/people/new", fields).status_code == 303
        for path in ("/people", f"/people/{site.directory.person('<script>alert(1)</script>')}"):
            page = admin.get(path).text
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

    def test_over_long_text_is_refused(self, admin: Browser) -> None:
        answer = admin.post(
            "/people/new", {"given_name": "x" * 101, "family_name": "y", "username": "z1", "role": "other"}
        )
        assert answer.status_code == 422

    def test_nobody_shuts_themself_out_or_gives_their_last_key_away(self, site: Site, admin: Browser) -> None:
        me = site.directory.admin_id
        assert admin.post(f"/people/{me}/shut-out", page=f"/people/{me}").status_code == 409
        end = re.search(rf"/people/{me}/roles/[0-9a-f-]+/end", admin.get(f"/people/{me}").text)
        assert end is not None
        answer = admin.post(end[0], page=f"/people/{me}")
        assert answer.status_code == 409
        assert "your own last key" in answer.text

    def test_only_a_system_administrator_makes_another(self, site: Site, admin: Browser) -> None:
        person, other = site.directory.person("Prieto"), site.directory.person("Tran")
        assert admin.post(f"/people/{person}/roles", {"role": "hr"}, page=f"/people/{person}").status_code == 303
        hr = site.signed_in("ana.prieto", person)
        for path, fields in (
            (f"/people/{other}/roles", {"role": "system_administrator"}),
            (f"/people/{person}/roles", {"role": "system_administrator"}),
        ):
            assert hr.post(path, dict(fields), page=f"/people/{other}").status_code == 403
        new = {"given_name": "A", "family_name": "B", "username": "ab", "role": "system_administrator"}
        assert hr.post("/people/new", new).status_code == 403
        end = re.search(
            rf"/people/{site.directory.admin_id}/roles/[0-9a-f-]+/end",
            hr.get(f"/people/{site.directory.admin_id}").text,
        )
        assert end is not None
        assert hr.post(end[0], page=f"/people/{site.directory.admin_id}").status_code == 403
        assert hr.post(f"/people/{other}/roles", {"role": "hr"}, page=f"/people/{other}").status_code == 303

    def test_a_link_is_shown_once_and_works(self, site: Site, admin: Browser) -> None:
        person = site.directory.person("Tran")
        answer = admin.post(f"/people/{person}/link", page=f"/people/{person}")
        assert answer.status_code == 201
        assert answer.headers["Cache-Control"] == "no-store"
        url = re.search(r"http://127.0.0.1:8000/directory(/set-password/[^\s<]+)", answer.text)
        assert url is not None
        assert site.visitor().get(url[1]).status_code == 200


class TestEveryone:
    def test_a_teacher_sees_their_own_profile(self, site: Site) -> None:
        browser = site.signed_in("tom.tran", site.directory.person("Tran"))
        words = plain(browser.get("/me"))
        for each in ("Tom Tran", "Teacher , Pier School, since Thu 1 Aug 2024", "Ana Prieto"):
            assert each in words
        assert browser.get("/").headers["Location"] == "/directory/me"
        assert site.admin().get("/").headers["Location"] == "/directory/people"


def test_a_page_asks_at_most_five_questions_of_the_database(
    site: Site, admin: Browser, make_directory: Callable[..., Directory]
) -> None:
    """However many people there are; the viewer is one of the questions."""
    from tests.integration.directory.test_import import big

    site.directory.load(big(300))
    statements: list[str] = []
    engine = site.app.extensions["accord.engine"]
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    person = site.directory.person("Prieto")
    with site.directory.reading() as connection:
        batch = connection.execute(select(import_batch.c.batch_id)).scalars().first()
    calendar = next(each.calendar_id for each in site.directory.events() if isinstance(each, CalendarChanged))
    paths = [
        "/me", "/me/sessions", "/me/password", "/people", "/people?q=family&role=teacher&page=3", "/people/new",
        f"/people/{person}", f"/people/{person}/evaluators", "/schools", "/calendars", f"/calendars/{calendar}",
        "/calendars/new", "/imports", f"/imports/{batch}", "/settings",
    ]  # fmt: skip
    for path in paths:
        statements.clear()
        assert admin.get(path).status_code == 200
        assert len(statements) <= 5, f"{path}: {len(statements)}\n" + "\n".join(each[:120] for each in statements)
