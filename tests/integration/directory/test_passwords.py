"""Passwords: set by a link, changed by oneself, judged, kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.directory.signin.attempts import ACCOUNT_MOST
from services.directory.store.tables import credential, one_time_link
from tests.support.directories import PASSWORD, Directory
from tests.support.directory_web import Site, tran
from tests.support.rosters import delta, user

HOME = "/home/"


def link(directory: Directory, family_name: str) -> str:
    from services.directory.signin.links import make_links

    with directory.writing() as writing:
        (made,) = make_links(writing, [directory.person(family_name)])
    return made.path


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

    def test_whoever_has_no_address_is_not_told_to_sign_in_with_it(self, site: Site) -> None:
        path = link(site.directory, "Tran")
        assert "You sign in with the username tom.tran or your e-mail address." in site.visitor().get(path).text
        site.directory.load(delta({"users": [user("T1", "Tom", "Tran", email="", agentSourcedIds="P1")]}))
        assert "You sign in with the username tom.tran." in site.visitor().get(path).text

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
