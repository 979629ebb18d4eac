"""Sessions: brought along, renewed, ended by oneself, by others, by an import; told to everyone."""

from datetime import timedelta

from sqlalchemy import select

from services.directory.signin.sessions import open_sessions, renew_session
from services.directory.store.saving import end_sessions
from services.directory.store.tables import sign_in_session
from shared.contracts.access import SessionEnded
from shared.contracts.directory import PersonChanged
from shared.web.session import cookie_name
from tests.support.directory_web import Site, field, reader, session_of, tran

HOME = "/home/"


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

    def test_a_session_that_ended_a_moment_ago_is_not_renewed(self, site: Site) -> None:
        """The store refuses by itself, whatever the door has let through."""
        directory = site.directory
        session = reader(site).read(session_of(site, tran(site)) or "").session_id
        with directory.writing() as writing:
            assert renew_session(writing.connection, directory.district_id, session, directory.at) is not None
        with directory.writing() as writing:
            end_sessions(writing, [directory.person("Tran")])
        with directory.writing() as writing:
            assert renew_session(writing.connection, directory.district_id, session, directory.at) is None


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
