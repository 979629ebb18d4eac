"""Signing in: who may, who may not, and how guessing is slowed down."""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import select, text

from accord.postgres import PostgresServer
from services.directory.signin.attempts import ACCOUNT_MOST, ADDRESS_MOST, TooManyAttemptsError, begin_attempt, caller
from services.directory.signin.passwords import BusyError, Hasher
from services.directory.store.tables import sign_in_attempt
from shared.db import connect, transaction
from shared.web.session import cookie_name
from tests.support.directories import PASSWORD, Directory
from tests.support.directory_web import Site, reader, tran

HOME = "/home/"


class TestSigningIn:
    def test_a_restarted_database_is_found_again_without_an_error(self, site: Site, postgres: PostgresServer) -> None:
        """Nobody is signed in yet, so no viewer is read first; every pooled connection is cut, as by a restart."""
        engine = site.app.extensions["accord.engine"]
        with engine.connect() as one, engine.connect() as other:
            database = one.exec_driver_sql("SELECT current_database()").scalar_one()
            other.exec_driver_sql("SELECT 1")
        ended = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND usename = 'accord_web'"
        )
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            assert len(connection.execute(ended, [database]).fetchall()) >= 2
        assert site.visitor().get("/sign-in").status_code == 200

    @pytest.mark.parametrize("login", ["tom.tran", "TOM.TRAN", " tom.tran ", "t1@example.org", "T1@Example.org"])
    def test_by_username_or_address_without_regard_to_capitals(self, site: Site, login: str) -> None:
        site.directory.give_password(site.directory.person("Tran"))
        assert site.sign_in(login).status_code == 303

    def test_the_token_says_who_and_the_cookie_is_kept_from_scripts(self, site: Site) -> None:
        site.directory.give_password(site.directory.person("Tran"))
        answer = site.sign_in("tom.tran")
        cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith("accord_session="))
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        session = reader(site).read(cookie.split("=", 1)[1].split(";")[0])
        assert (session.person_id, session.district_id) == (site.directory.person("Tran"), site.directory.district_id)
        assert session.expires_at - session.issued_at == timedelta(minutes=60)

    def test_who_pressed_a_button_after_their_session_is_told_that_nothing_came_of_it(self, site: Site) -> None:
        page = site.visitor().get("/sign-in?next=/teacher/mine%3Fended%3D1").text
        assert "Your session has ended, and nothing was sent or begun." in page and "press once more" in page
        assert "What you typed is kept" not in page

    def test_whose_session_ended_while_they_wrote_is_told_that_nothing_is_lost(self, site: Site) -> None:
        page = site.visitor().get("/sign-in?next=/teacher/mine%3Fkept%3Dgoals%26ended%3D1").text
        assert "Your session has ended, and nothing was sent." in page
        assert "nothing was sent" not in site.visitor().get("/sign-in?next=/teacher/mine").text

    def test_it_leads_to_where_one_was_going_and_never_elsewhere(self, site: Site) -> None:
        site.directory.give_password(site.directory.person("Tran"))
        for asked, led in (
            ("/teacher/mine?x=1", "/teacher/mine?x=1"),
            ("https://evil.example/", HOME),
            ("//evil.example", HOME),
            ("/\\evil.example", HOME),
            ("/%2F/evil.example", HOME),
            ("/directory/sign-in", HOME),
            ("", HOME),
        ):
            assert site.sign_in("tom.tran", next=asked).headers["Location"] == led

    def test_a_page_without_a_session_leads_here_and_back(self, site: Site) -> None:
        answer = site.visitor().get("/people?q=x")
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/directory/sign-in?next={quote('/directory/people?q=x')}"

    def test_the_only_district_is_chosen_and_of_several_one_chooses(self, site: Site, make_directory: object) -> None:
        assert 'type="hidden" name="district"' in site.visitor().get("/sign-in").text
        make_directory("Other District")  # type: ignore[operator]
        assert '<select id="f-district"' in site.visitor().get("/sign-in").text

    def test_whoever_is_signed_in_goes_on(self, site: Site) -> None:
        """Marked, so that a service that has not heard of them yet does not send them here again."""
        tom = tran(site)
        assert tom.get("/sign-in?next=/directory/me").headers["Location"] == "/directory/me?arrived=1"
        again = tom.get("/sign-in?next=/teacher/mine%3Fpage%3D2%26arrived%3D1").headers["Location"]
        assert again == "/teacher/mine?page=2&arrived=1"

    def test_it_works_where_there_is_no_district_yet(self, directory_settings: object) -> None:
        """The first page of an empty installation says what to do."""
        from services.directory.bootstrap import create_app

        app = create_app(directory_settings)  # type: ignore[arg-type]
        assert "accord district create" in app.test_client().get("/sign-in").text


class TestRefusing:
    def test_every_wrong_try_reads_the_same(self, site: Site) -> None:
        """Wrong password, unknown name, no password set, shut out, another district's: one answer."""
        directory = site.directory
        directory.give_password(directory.person("Tran"))
        directory.give_password(directory.person("Prieto"))
        with directory.writing() as writing:
            from services.directory.commands import SetActive
            from services.directory.handlers.people import set_active

            set_active(writing, SetActive(directory.person("Prieto"), None, active=False))
        answers = [
            site.sign_in("tom.tran", "wrong-wrong-wrong-wrong"),
            site.sign_in("nobody.at.all", PASSWORD),
            site.sign_in("ulla.ude", PASSWORD),
            site.sign_in("ana.prieto", PASSWORD),
            site.sign_in("tom.tran", PASSWORD, district=str(directory.admin_id)),
        ]
        assert [answer.status_code for answer in answers] == [422] * 5
        for answer in answers:
            assert "The name, the password or the district is not right." in answer.text
            assert PASSWORD not in answer.text
            assert cookie_name(directory.settings) not in str(answer.headers)

    def test_an_address_two_people_share_signs_nobody_in(self, site: Site) -> None:
        from tests.support.rosters import roster, small

        tables = small()
        tables["users"][2]["email"] = "t1@example.org"
        site.directory.load(roster(tables))
        site.directory.give_password(site.directory.person("Tran"))
        assert site.sign_in("t1@example.org").status_code == 422
        assert site.sign_in("tom.tran").status_code == 303

    def test_a_forged_sign_in_is_refused(self, site: Site) -> None:
        site.directory.give_password(site.directory.person("Tran"))
        data = {"district": str(site.directory.district_id), "login": "tom.tran", "password": PASSWORD}
        assert site.visitor().client.post("/sign-in", data=data).status_code == 403

    def test_an_unknown_name_takes_as_long_as_a_known_one(self, site: Site) -> None:
        """Medians of the password check itself, interleaved so that the machine's load falls on both alike."""
        hasher = Hasher()
        kept = hasher.hash(PASSWORD)
        times: dict[str, list[float]] = {"known": [], "unknown": []}
        for _ in range(15):
            for name, stored in (("known", kept), ("unknown", None)):
                began = time.perf_counter()
                assert not hasher.matches(stored, "wrong-wrong-wrong-wrong")
                times[name].append(time.perf_counter() - began)
        known, unknown = statistics.median(times["known"]), statistics.median(times["unknown"])
        assert 0.6 < unknown / known < 1.6, (known, unknown)

    def test_sign_in_of_an_unknown_name_hashes_too(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[str | None] = []
        matches = Hasher.matches
        monkeypatch.setattr(
            Hasher, "matches", lambda self, kept, typed: seen.append(kept) or matches(self, kept, typed)
        )
        site.sign_in("nobody.at.all")
        assert seen == [None]


class TestGuessing:
    def test_an_account_is_guarded_after_ten_and_opens_again_in_time(self, site: Site) -> None:
        directory = site.directory
        directory.give_password(directory.person("Tran"))
        for _ in range(ACCOUNT_MOST):
            assert site.sign_in("tom.tran", "wrong-wrong-wrong-wrong").status_code == 422
        held = site.sign_in("tom.tran")
        assert held.status_code == 429
        assert 0 < int(held.headers["Retry-After"]) <= 900
        assert "Try again in 15 minutes" in held.text
        assert site.sign_in("ulla.ude", "wrong-wrong-wrong-wrong").status_code == 422
        directory.at += timedelta(minutes=16)
        assert site.sign_in("tom.tran").status_code == 303

    def test_an_unknown_name_is_guarded_just_so(self, site: Site) -> None:
        for _ in range(ACCOUNT_MOST):
            assert site.sign_in("nobody").status_code == 422
        assert site.sign_in("nobody").status_code == 429

    def test_a_stranger_does_not_lock_the_owner_out(self, site: Site) -> None:
        """The owner has signed in from their address before; somebody elsewhere guesses."""
        site.directory.give_password(site.directory.person("Tran"))
        assert site.sign_in("tom.tran").status_code == 303
        stranger = site.visitor()
        stranger.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        for _ in range(ACCOUNT_MOST):
            assert site.enter(stranger, "tom.tran", "wrong-wrong-wrong-wrong").status_code == 422
        assert site.enter(stranger, "tom.tran").status_code == 429
        assert site.sign_in("tom.tran").status_code == 303

    def test_one_address_guessing_at_many_accounts_is_stopped(self, site: Site) -> None:
        self._guess_at_many(site)
        held = site.sign_in("ulla.ude")
        assert held.status_code == 429
        assert "Try again in 15 minutes" in held.text

    def test_who_has_signed_in_from_an_address_is_not_shut_out_by_others_there(self, site: Site) -> None:
        """A whole school behind one address, and one guesser in it. Their own ten tries hold for everybody."""
        browser = tran(site)
        self._guess_at_many(site)
        assert site.sign_in("ulla.ude").status_code == 429
        assert site.sign_in("tom.tran").status_code == 303
        fields = {"present_password": PASSWORD, "password": "granite-willow-harbor-3"}
        changed = browser.post("/me/password", {**fields, "password_again": fields["password"]})
        assert changed.status_code == 303, "who is signed in changes their password, whatever others tried"
        for _ in range(ACCOUNT_MOST):
            assert site.sign_in("tom.tran", "wrong-wrong-wrong-wrong").status_code == 422
        assert site.sign_in("tom.tran", fields["password"]).status_code == 429

    @staticmethod
    def _guess_at_many(site: Site) -> None:
        with site.directory.writing() as writing:
            row = {
                "district_id": site.directory.district_id,
                "address": "127.0.0.1",
                "at": site.directory.at,
                "succeeded": False,
            }
            rows = [{**row, "account_key": str(number).encode()} for number in range(ADDRESS_MOST)]
            writing.connection.execute(sign_in_attempt.insert(), rows)

    def test_what_was_typed_as_a_name_is_not_kept(self, site: Site) -> None:
        site.sign_in("my-secret-password-typed-in-the-wrong-field")
        with site.directory.reading() as connection:
            kept = str(connection.execute(select(sign_in_attempt)).all())
        assert "secret" not in kept

    def test_tries_made_at_once_are_counted_too(self, site: Site) -> None:
        site.directory.give_password(site.directory.person("Tran"))
        found: list[int] = []

        def guess() -> None:
            found.append(site.sign_in("tom.tran", "wrong-wrong-wrong-wrong").status_code)

        threads = [threading.Thread(target=guess) for _ in range(ACCOUNT_MOST + 6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with site.directory.reading() as connection:
            counted = connection.execute(select(sign_in_attempt.c.id)).all()
        assert len(counted) == ACCOUNT_MOST
        assert found.count(429) >= 6

    def test_of_tries_at_the_same_moment_no_more_than_ten_are_judged(self, directory: Directory) -> None:
        """Each on a connection of its own, all begun before any is committed."""
        who = caller("a secret of the tests", "tom.tran", "203.0.113.9")
        ready = threading.Barrier(2 * ACCOUNT_MOST)

        def guess() -> bool:
            with transaction(engine, directory.district_id) as connection:
                connection.execute(text("SELECT 1"))
                ready.wait(30)
                try:
                    begin_attempt(connection, directory.district_id, who, directory.at)
                except TooManyAttemptsError:
                    return False
                return True

        engine = connect(replace(directory.settings, pool_size=2 * ACCOUNT_MOST), "web")
        with ThreadPoolExecutor(2 * ACCOUNT_MOST) as guessers:
            judged = [guessers.submit(guess) for _ in range(2 * ACCOUNT_MOST)]
        engine.dispose()
        assert sum(one.result() for one in judged) == ACCOUNT_MOST

    def test_no_more_than_two_hash_at_once_and_others_are_asked_to_wait(self) -> None:
        hasher = Hasher(at_once=2, patience=0.05)
        gate = threading.Barrier(3)
        held = [threading.Thread(target=self._hold, args=(hasher, gate)) for _ in range(2)]
        for thread in held:
            thread.start()
        gate.wait()
        with pytest.raises(BusyError):
            hasher.matches(None, "x")
        gate.wait()
        for thread in held:
            thread.join()
        assert not hasher.matches(None, "x")

    @staticmethod
    def _hold(hasher: Hasher, gate: threading.Barrier) -> None:
        with hasher._turn():
            gate.wait()
            gate.wait()
