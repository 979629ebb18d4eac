"""Signing in, out and staying in: through the real pages, on the real database."""

import statistics
import threading
import time
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import select

from services.directory.signin.attempts import ACCOUNT_MOST, ADDRESS_MOST
from services.directory.signin.passwords import BusyError, Hasher
from services.directory.signin.sessions import open_sessions
from services.directory.store.saving import end_sessions
from services.directory.store.tables import credential, one_time_link, sign_in_attempt, sign_in_session
from shared.contracts.directory import PersonChanged, SessionEnded
from shared.web.session import SessionReader, cookie_name
from tests.support.directories import PASSWORD, Directory
from tests.support.directory_web import Browser, Site, field

HOME = "/home/"


def tran(site: Site) -> Browser:
    return site.signed_in("tom.tran", site.directory.person("Tran"))


def session_of(site: Site, browser: Browser) -> str | None:
    cookie = browser.client.get_cookie(cookie_name(site.directory.settings))
    return cookie.value if cookie else None


def reader(site: Site) -> SessionReader:
    return SessionReader(site.directory.settings.session_verify_key)


class TestSigningIn:
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

    def test_it_leads_to_where_one_was_going_and_never_elsewhere(self, site: Site) -> None:
        site.directory.give_password(site.directory.person("Tran"))
        for asked, led in (
            ("/teacher/mine?x=1", "/teacher/mine?x=1"),
            ("https://evil.example/", HOME),
            ("//evil.example", HOME),
            ("/\\evil.example", HOME),
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
        assert tran(site).get("/sign-in?next=/directory/me").headers["Location"] == "/directory/me"

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
        with site.directory.writing() as writing:
            row = {
                "district_id": site.directory.district_id,
                "address": "127.0.0.1",
                "at": site.directory.at,
                "succeeded": False,
            }
            rows = [{**row, "account_key": str(number).encode()} for number in range(ADDRESS_MOST)]
            writing.connection.execute(sign_in_attempt.insert(), rows)
        assert site.sign_in("ulla.ude").status_code == 429

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
        assert len(counted) <= ACCOUNT_MOST + 4  # at most as many more as stood at the gate together
        assert 429 in found

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


class TestStaying:
    def test_a_session_brought_along_is_not_the_one_that_is_opened(self, site: Site) -> None:
        """Fixation: whoever plants a cookie learns nothing, and what was open in that browser ends."""
        browser = tran(site)
        planted = session_of(site, browser)
        assert planted is not None
        site.directory.give_password(site.directory.person("Ude"))
        browser.client.post("/sign-out", data={"csrf": field(browser.get("/me"), "csrf")})
        victim = site.visitor()
        victim.client.set_cookie(cookie_name(site.directory.settings), planted, domain="localhost")
        answer = site.enter(victim, "ulla.ude")
        assert answer.status_code == 303
        assert session_of(site, victim) != planted
        stale = site.visitor()
        stale.client.set_cookie(cookie_name(site.directory.settings), planted, domain="localhost")
        assert stale.get("/me").status_code == 303

    def test_signing_in_again_in_the_same_browser_ends_the_first(self, site: Site) -> None:
        browser = tran(site)
        first = reader(site).read(session_of(site, browser) or "").session_id
        assert site.enter_anew(browser, "tom.tran").status_code == 303
        ended = [each.session_id for each in site.directory.events() if isinstance(each, SessionEnded)]
        assert first in ended

    def test_signing_out_ends_the_session_and_tells_everyone(self, site: Site) -> None:
        browser = tran(site)
        token = session_of(site, browser) or ""
        answer = browser.client.post("/sign-out", data={"csrf": field(browser.get("/me"), "csrf")})
        assert answer.headers["Location"].startswith("/directory/sign-in")
        assert session_of(site, browser) is None
        told = [each for each in site.directory.events() if isinstance(each, SessionEnded)][-1]
        assert told.session_id == reader(site).read(token).session_id
        assert told.expires_at == reader(site).read(token).expires_at
        again = site.visitor()
        again.client.set_cookie(cookie_name(site.directory.settings), token, domain="localhost")
        assert again.get("/me").status_code == 303

    def test_signing_out_works_where_the_session_is_over(self, site: Site) -> None:
        browser = tran(site)
        csrf = field(browser.get("/me"), "csrf")
        site.directory.at += timedelta(hours=2)
        assert browser.client.post("/sign-out", data={"csrf": csrf}).status_code == 303
        assert session_of(site, browser) is None

    def test_signing_out_can_not_be_forged(self, site: Site) -> None:
        browser = tran(site)
        assert browser.client.post("/sign-out", data={"csrf": "x"}).status_code == 403
        assert browser.get("/me").status_code == 200

    def test_a_page_renews_an_ageing_session_and_twelve_hours_are_the_end(self, site: Site) -> None:
        browser = tran(site)
        first = reader(site).read(session_of(site, browser) or "")
        site.directory.at += timedelta(minutes=25)
        way = browser.get("/me")
        assert way.headers["Location"] == "/directory/session/renew?next=/directory/me"
        back = browser.get("/session/renew?next=/directory/me")
        assert back.headers["Location"] == "/directory/me"
        fresh = reader(site).read(session_of(site, browser) or "")
        assert fresh.session_id == first.session_id
        assert fresh.expires_at == site.directory.at + timedelta(minutes=60)
        for _ in range(25):
            site.directory.at += timedelta(minutes=28)
            answer = browser.get("/session/renew?next=/directory/me")
            if "sign-in" in answer.headers["Location"]:
                break
        assert site.directory.at - first.issued_at >= timedelta(hours=12)
        assert browser.get("/me").headers["Location"].startswith("/directory/sign-in")

    def test_the_last_renewal_does_not_reach_past_twelve_hours(self, site: Site) -> None:
        browser = tran(site)
        start = site.directory.at
        for _ in range(14):
            site.directory.at += timedelta(minutes=50)
            browser.get("/session/renew")
        assert reader(site).read(session_of(site, browser) or "").expires_at == start + timedelta(hours=12)

    def test_an_hour_without_a_page_ends_it(self, site: Site) -> None:
        browser = tran(site)
        site.directory.at += timedelta(minutes=61)
        assert browser.get("/me").headers["Location"].startswith("/directory/sign-in")
        assert browser.get("/session/renew").headers["Location"].startswith("/directory/sign-in")

    def test_a_renewal_leads_to_paths_of_this_site_only(self, site: Site) -> None:
        assert tran(site).get("/session/renew?next=https://evil.example/").headers["Location"] == HOME


class TestOwnSessions:
    def test_one_sees_and_ends_ones_own(self, site: Site) -> None:
        directory = site.directory
        here = tran(site)
        there = site.visitor()
        there.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone) Version/17 Safari/604"
        assert site.enter(there, "tom.tran").status_code == 303
        page = here.get("/me/sessions")
        assert "Safari on iPhone" in page.text
        other = reader(site).read(session_of(site, there) or "").session_id
        assert here.post(f"/me/sessions/{other}/end", page="/me/sessions").status_code == 303
        assert there.get("/me").status_code == 303
        assert here.get("/me").status_code == 200
        assert here.post(f"/me/sessions/{other}/end", page="/me/sessions").status_code == 404
        with directory.reading() as connection:
            assert len(open_sessions(connection, directory.district_id, directory.person("Tran"), directory.at)) == 1

    def test_nobody_ends_another_persons(self, site: Site) -> None:
        browser, other = tran(site), site.signed_in("ulla.ude", site.directory.person("Ude"))
        theirs = reader(site).read(session_of(site, other) or "").session_id
        assert browser.post(f"/me/sessions/{theirs}/end", page="/me/sessions").status_code == 404
        assert other.get("/me").status_code == 200

    def test_all_others_end_at_once(self, site: Site) -> None:
        here, there = tran(site), site.visitor()
        site.enter(there, "tom.tran")
        assert here.post("/me/sessions/end-others", page="/me/sessions").status_code == 303
        assert (here.get("/me").status_code, there.get("/me").status_code) == (200, 303)


class TestPasswords:
    def test_a_link_is_used_once(self, site: Site) -> None:
        path = link(site.directory, "Tran")
        browser = site.visitor()
        assert "Tom Tran, choose a password" in browser.get(path).text
        assert browser.get(path).headers["Referrer-Policy"] == "no-referrer"
        answer = browser.post(path, {"password": PASSWORD, "password_again": PASSWORD})
        assert answer.headers["Location"] == "/directory/sign-in?said=set"
        assert browser.get(path).status_code == 410
        assert site.sign_in("tom.tran").status_code == 303

    def test_a_link_ends_after_seven_days_and_with_the_next_one(self, site: Site) -> None:
        first, second = link(site.directory, "Tran"), link(site.directory, "Tran")
        assert site.visitor().get(first).status_code == 410
        assert site.visitor().get(second).status_code == 200
        site.directory.at += timedelta(days=7, seconds=1)
        assert site.visitor().get(second).status_code == 410

    def test_only_a_hash_of_the_link_is_kept(self, site: Site) -> None:
        token = link(site.directory, "Tran").rsplit("/", 1)[1]
        with site.directory.reading() as connection:
            kept = connection.execute(select(one_time_link)).all()
        assert token not in str(kept)

    def test_a_link_of_one_district_opens_nothing_in_another(self, site: Site, make_directory: object) -> None:
        other: Directory = make_directory("Other District")  # type: ignore[operator]
        path = link(site.directory, "Tran").replace(str(site.directory.district_id), str(other.district_id))
        assert site.visitor().get(path).status_code == 410

    @pytest.mark.parametrize(
        ("password", "words"),
        [
            ("too short", "at least 15 characters"),
            ("tomtran-tomtran-t1", "your own name"),
            ("passwordpassword1", "guessed first"),
            ("abcabcabcabcabcabc", "repeats itself"),
            ("x" * 300, "at most 256"),
        ],
    )
    def test_a_weak_password_is_refused_with_the_reason_and_the_link_stays(
        self, site: Site, password: str, words: str
    ) -> None:
        path = link(site.directory, "Tran")
        browser = site.visitor()
        answer = browser.post(path, {"password": password, "password_again": password})
        assert answer.status_code == 422
        assert words in answer.text
        assert password not in answer.text
        assert browser.get(path).status_code == 200

    def test_a_password_typed_twice_must_be_the_same(self, site: Site) -> None:
        answer = site.visitor().post(
            link(site.directory, "Tran"), {"password": PASSWORD, "password_again": PASSWORD + "x"}
        )
        assert answer.status_code == 422
        assert "The two differ" in answer.text

    def test_unusual_signs_and_64_characters_are_fine_and_however_they_are_typed(self, site: Site) -> None:
        password = "Ångström 🐟 " + "é" * 60
        site.directory.give_password(site.directory.person("Tran"), password)
        assert site.sign_in("tom.tran", password.replace("Å", "A\u030a")).status_code == 303

    def test_setting_a_password_ends_what_was_open(self, site: Site) -> None:
        browser = tran(site)
        site.directory.give_password(site.directory.person("Tran"), "another-cobalt-lantern-9")
        assert browser.get("/me").status_code == 303

    def test_one_changes_ones_own_by_the_present_one(self, site: Site) -> None:
        here, there = tran(site), site.visitor()
        site.enter(there, "tom.tran")
        new = "granite-willow-harbor-3"
        fields = {"password": new, "password_again": new}
        wrong = here.post("/me/password", {"present_password": "not-the-present-one", **fields})
        assert wrong.status_code == 422
        assert "not your present password" in wrong.text
        assert here.post("/me/password", {"present_password": PASSWORD, **fields}).status_code == 303
        assert (here.get("/me").status_code, there.get("/me").status_code) == (200, 303)
        assert site.sign_in("tom.tran", new).status_code == 303
        assert site.sign_in("tom.tran", PASSWORD).status_code == 422

    def test_guessing_at_the_present_password_is_slowed_down(self, site: Site) -> None:
        here = tran(site)
        fields = {"present_password": "not-the-present-one", "password": "x" * 20, "password_again": "x" * 20}
        for _ in range(ACCOUNT_MOST):
            assert here.post("/me/password", dict(fields)).status_code == 422
        assert here.post("/me/password", dict(fields)).status_code == 429

    def test_it_is_kept_as_argon2id_at_the_least_cost_and_no_other_way(self, site: Site) -> None:
        site.directory.give_password(site.directory.person("Tran"))
        with site.directory.reading() as connection:
            kept = connection.execute(select(credential.c.hash)).scalar_one()
        assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    def test_a_hash_of_older_cost_is_made_anew_at_the_next_sign_in(self, site: Site) -> None:
        from argon2 import PasswordHasher

        site.directory.give_password(site.directory.person("Tran"))
        with site.directory.writing() as writing:
            old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
            writing.connection.execute(credential.update().values(hash=old))
        assert site.sign_in("tom.tran").status_code == 303
        with site.directory.reading() as connection:
            assert "m=19456,t=2" in connection.execute(select(credential.c.hash)).scalar_one()


class TestShuttingOut:
    def test_deactivating_ends_every_session_and_tells_everyone(self, site: Site) -> None:
        browser, admin = tran(site), site.admin()
        person = site.directory.person("Tran")
        session = reader(site).read(session_of(site, browser) or "").session_id
        assert admin.post(f"/people/{person}/shut-out", page=f"/people/{person}").status_code == 303
        told = site.directory.events()
        assert [each.active for each in told if isinstance(each, PersonChanged) and each.person_id == person][
            -1
        ] is False
        assert session in [each.session_id for each in told if isinstance(each, SessionEnded)]
        assert browser.get("/me").status_code == 303
        assert site.sign_in("tom.tran").status_code == 422
        assert admin.post(f"/people/{person}/let-in", page=f"/people/{person}").status_code == 303
        assert browser.get("/me").status_code == 303, "the old session does not come back to life"
        assert site.sign_in("tom.tran").status_code == 303

    def test_an_import_that_ends_somebody_ends_their_sessions(self, site: Site) -> None:
        from tests.support.rosters import delta, user

        browser = tran(site)
        row = user("T1", "Tom", "Tran") | {"status": "tobedeleted"}
        site.directory.load(delta({"users": [row]}), ending=1)
        assert browser.get("/me").status_code == 303

    def test_an_administrator_ends_all_sessions_of_a_person(self, site: Site) -> None:
        browser, admin = tran(site), site.admin()
        person = site.directory.person("Tran")
        assert admin.post(f"/people/{person}/end-sessions", page=f"/people/{person}").status_code == 303
        assert browser.get("/me").status_code == 303
        assert site.sign_in("tom.tran").status_code == 303

    def test_ending_ended_sessions_tells_nothing_twice(self, site: Site) -> None:
        tran(site)
        with site.directory.writing() as writing:
            assert end_sessions(writing, [site.directory.person("Tran")]) == 1
        before = len(site.directory.events())
        with site.directory.writing() as writing:
            assert end_sessions(writing, [site.directory.person("Tran")]) == 0
        assert len(site.directory.events()) == before
        with site.directory.reading() as connection:
            assert connection.execute(select(sign_in_session.c.ended_at)).scalar_one() is not None


def link(directory: Directory, family_name: str) -> str:
    from services.directory.signin.links import make_links

    with directory.writing() as writing:
        (made,) = make_links(writing, [directory.person(family_name)])
    return made.path
