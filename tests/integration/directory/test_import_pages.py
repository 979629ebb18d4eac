"""Importing in the browser: look first, answer what is asked, then all or nothing."""

from io import BytesIO
from typing import Any

from sqlalchemy import select

from services.directory.store.tables import import_batch
from tests.support.directory_web import Browser, Site, plain
from tests.support.rosters import role, roster, small, small_11, with_roles


class TestImports:
    def upload(self, admin: Browser, content: bytes, name: str = "staff.zip") -> Any:
        return admin.post("/imports", {"file": (BytesIO(content), name)})

    def page(self, admin: Browser, answer: Any) -> str:
        assert answer.status_code == 303
        return str(answer.headers["Location"]).removeprefix("/directory")

    def test_a_roster_is_checked_looked_at_and_imported(self, site: Site, admin: Browser) -> None:
        tables = small()
        tables["users"][2]["familyName"] = "Udesen"
        tables["roles"].append(role("T2", "ext:Coach", "S2", roleType="secondary"))
        path = self.page(admin, self.upload(admin, roster(tables)))
        words = plain(admin.get(path))
        for each in (
            "Nothing has changed yet.",
            "People 0 1 0 0 2",
            "OR072 · Role word of the exporter",
            "Was called Ulli Ude",
            "students 1",
        ):
            assert each in words
        told = len(site.directory.events())
        assert admin.post(f"{path}/apply", page=path).status_code == 303
        assert "Imported on Mon 24 Nov 2025, 09:00 CST by Ada Admin." in plain(admin.get(path))
        assert len(site.directory.events()) == told + 1
        assert admin.post(f"{path}/apply", page="/imports").status_code == 409
        assert "staff.zip" in admin.get("/imports").text

    def test_errors_are_told_by_place_and_nothing_can_be_imported(self, admin: Browser) -> None:
        tables = small()
        tables["roles"][1]["role"] = "Teecher"
        path = self.page(admin, self.upload(admin, roster(tables)))
        words = plain(admin.get(path))
        for each in ("1 thing must be mended", "OR040", "roles.csv 3 role Teecher is none of", "starts with ext:"):
            assert each in words
        assert "Import all of it" not in words
        assert admin.post(f"{path}/apply", page="/imports").status_code == 409

    def test_the_guard_wants_the_number(self, site: Site, admin: Browser) -> None:
        tables = small()
        tables["users"], tables["roles"] = tables["users"][:1], tables["roles"][:1]
        path = self.page(admin, self.upload(admin, roster(tables)))
        assert "2 of 3 members of staff would lose their access or their role, at once or within 30 days." in plain(
            admin.get(path)
        )
        for typed in ("", "3", "two"):
            assert admin.post(f"{path}/apply", {"confirm_ending": typed}, page=path).status_code == 422
        assert admin.post(f"{path}/apply", {"confirm_ending": "2"}, page=path).status_code == 303

    def test_the_guard_wants_the_number_of_those_who_lose_their_part_in_evaluations(
        self, site: Site, admin: Browser
    ) -> None:
        path = self.page(admin, self.upload(admin, roster(with_roles(T1="aide", T2="aide"))))
        words = plain(admin.get(path))
        for each in (
            "2 of 3 members of staff would go on working, but lose the role by which they are evaluated or evaluate, at "
            "once or within 30 days.",
            "OR074",
            "How many members of staff will lose the role by which they are evaluated or evaluate?",
            "No longer Teacher at Pier School; Aide at Pier School, from the roster",
        ):
            assert each in words
        assert "confirm_ending" not in words
        for typed in ("", "3", "two"):
            refused = admin.post(f"{path}/apply", {"confirm_ending": "2", "confirm_losing": typed}, page=path)
            assert refused.status_code == 422
        assert admin.post(f"{path}/apply", {"confirm_losing": "2"}, page=path).status_code == 303
        assert "2 of 3 members of staff went on working, but lost the role" in plain(admin.get(path))

    def test_proposed_roles_want_a_tick(self, admin: Browser) -> None:
        path = self.page(admin, self.upload(admin, roster(small_11(), version="1.1")))
        page = admin.get(path)
        assert "OR071" in page.text
        assert "confirm_roles" in page.text
        answer = admin.post(f"{path}/apply", {"confirm_ending": "1"}, page=path)
        assert answer.status_code == 422
        assert "Confirm the proposed roles." in answer.text
        assert (
            admin.post(f"{path}/apply", {"confirm_ending": "1", "confirm_roles": "yes"}, page=path).status_code == 303
        )

    def test_a_plan_not_seen_is_refused_and_checked_again(self, site: Site, admin: Browser) -> None:
        tables = small()
        tables["users"][1]["givenName"] = "Thomas"
        path = self.page(admin, self.upload(admin, roster(tables)))
        tables["users"][2]["email"] = "new@example.org"
        site.directory.load(roster(tables))
        refused = admin.post(f"{path}/apply", page=path)
        assert refused.status_code == 409
        assert path in refused.text
        assert admin.post(f"{path}/recheck", page=path).status_code == 303
        assert admin.post(f"{path}/discard", page=path).status_code == 303
        with site.directory.reading() as connection:
            assert (
                connection.execute(select(import_batch.c.staged).where(import_batch.c.staged.is_not(None))).first()
                is None
            )

    def test_no_file_no_zip_and_a_large_one(self, admin: Browser) -> None:
        assert admin.post("/imports", {}).status_code == 422
        assert "OR003" in admin.get(self.page(admin, self.upload(admin, b"no zip"))).text
        large = admin.client.post("/imports", data={"file": (BytesIO(b"0" * 41_000_000), "x.zip")})
        assert large.status_code == 413

    def test_names_in_a_roster_stay_text(self, admin: Browser) -> None:
        tables = small()
        tables["users"][1]["familyName"] = "<script>alert(1)</script>"
        tables["users"][1]["email"] = "<img src=x>"
        page = admin.get(self.page(admin, self.upload(admin, roster(tables), "<i>.zip"))).text
        assert "<script>alert" not in page
        assert "<img src=x>" not in page
        assert "<i>.zip" not in page
