"""Pages about schools, calendars and the district."""

from collections.abc import Callable
from io import BytesIO

import pytest

from services.directory.web.schools import defused
from shared.contracts.directory import CalendarChanged, DistrictChanged, SchoolChanged
from shared.ids import new_id
from tests.support.directories import Directory
from tests.support.directory_web import Browser, Site, plain
from tests.support.rosters import role, roster, session, small, user


class TestSchools:
    def test_schools_count_their_staff(self, admin: Browser) -> None:
        words = plain(admin.get("/schools"))
        assert "Pier School 2 people, Pier School The roster, S1" in words
        assert "Quay School 1 people, Quay School The roster, S2" in words

    def test_a_school_entered_by_hand(self, site: Site, admin: Browser) -> None:
        assert admin.post("/schools", {"name": "Night School"}).status_code == 303
        school = [each for each in site.directory.events() if isinstance(each, SchoolChanged)][-1]
        assert (school.name, school.active) == ("Night School", True)
        assert admin.post(f"/schools/{school.school_id}/edit", {"name": "Evening School"}).status_code == 303
        told = [each for each in site.directory.events() if isinstance(each, SchoolChanged)][-1]
        assert (told.name, told.active) == ("Evening School", False)

    def test_a_school_of_the_roster_keeps_its_name(self, site: Site, admin: Browser) -> None:
        school = next(each for each in site.directory.events() if isinstance(each, SchoolChanged))
        page = f"/schools/{school.school_id}/edit"
        fields = {"name": "Night School", "version": "1"}
        for answer in (admin.get(page), admin.post(page, fields, page="/schools")):
            assert answer.status_code == 409
            assert "This school comes from the roster." in answer.text
            assert 'name="name"' not in answer.text

    def test_a_list_of_links_for_a_school(self, site: Site, admin: Browser) -> None:
        tables = small()
        tables["users"].append(user("E1", "=HYPERLINK(evil)", "Evil", username="@evil"))
        tables["roles"].append(role("E1", "teacher", "S1"))
        site.directory.load(roster(tables))
        school = next(
            each.school_id
            for each in site.directory.events()
            if isinstance(each, SchoolChanged) and each.name == "Pier School"
        )
        answer = admin.post("/schools/links", {"school": str(school)}, page="/schools")
        assert answer.mimetype == "text/csv"
        rows = answer.get_data(as_text=True).removeprefix("\ufeff").splitlines()
        assert rows[0] == "Name,Username,Link,Works until"
        assert [row.split(",")[0] for row in rows[1:]] == ["'=HYPERLINK(evil) Evil", "Ana Prieto", "Tom Tran"]
        assert "'@evil" in rows[1]
        path = rows[2].split(",")[2].split("/directory", 1)[1]
        assert site.visitor().get(path).status_code == 200

    def test_no_list_where_nobody_needs_one(self, site: Site, admin: Browser) -> None:
        for name in ("Prieto", "Tran", "Ude"):
            site.directory.give_password(site.directory.person(name))
        answer = admin.post("/schools/links", {}, page="/schools")
        assert answer.status_code == 409
        assert "Nobody there needs a link" in answer.text

    @pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", "＝1"])
    def test_formulas_are_defused(self, cell: str) -> None:
        assert defused(cell) == "'" + cell
        assert defused("Ana =1") == "Ana =1"


class TestCalendars:
    def calendar(self, site: Site, title: str = "2026-2027") -> CalendarChanged:
        return [each for each in site.directory.events() if isinstance(each, CalendarChanged) and each.title == title][
            -1
        ]

    def test_days_are_written_in_and_shared_with_the_semester(self, site: Site, admin: Browser) -> None:
        year = self.calendar(site)
        path = f"/calendars/{year.calendar_id}"
        fields = {"first": "2026-11-25", "last": "2026-11-30", "kind": "break", "title": "Thanksgiving"}
        assert admin.post(f"{path}/days", fields, page=path).status_code == 303
        written = self.calendar(site)
        assert [(str(day.day), day.kind, day.title) for day in written.days] == [
            (f"2026-11-{day}", "break", "Thanksgiving") for day in (25, 26, 27, 30)
        ]
        assert self.calendar(site, "Fall").days == written.days
        assert "Mon 30 Nov 2026 Break Thanksgiving" in plain(admin.get(path))
        assert admin.post(f"{path}/days/remove", {"days": ["2026-11-30"]}, page=path).status_code == 303
        assert len(self.calendar(site, "Fall").days) == 3

    def test_days_reach_the_terms_of_a_semester(self, site: Site, admin: Browser) -> None:
        tables = small()
        term = session("B27", "term", "2026-11-03", "2027-01-16", title="Term B", parentSourcedId="F27")
        tables["academicSessions"].append(term)
        site.directory.load(roster(tables))
        path = f"/calendars/{self.calendar(site).calendar_id}"
        fields = {"first": "2026-11-02", "last": "2026-11-03", "kind": "break", "title": "Leaves"}
        assert admin.post(f"{path}/days", fields, page=path).status_code == 303
        term_b = self.calendar(site, "Term B")
        assert [str(day.day) for day in term_b.days] == ["2026-11-03"]
        words = plain(admin.get(f"/calendars/{term_b.calendar_id}"))
        assert "Tue 3 Nov 2026 Break Leaves" in words
        assert "None yet" not in words

    def test_a_year_under_another_key_keeps_its_days(self, site: Site, admin: Browser) -> None:
        year = self.calendar(site)
        path = f"/calendars/{year.calendar_id}"
        assert admin.post(f"{path}/days", {"first": "2026-11-25", "kind": "break"}, page=path).status_code == 303
        tables = small()
        for row in tables["academicSessions"]:
            row["sourcedId"] = "N" + row["sourcedId"]
            row.update({"parentSourcedId": "N" + row["parentSourcedId"]} if row.get("parentSourcedId") else {})
        upload = admin.post("/imports", {"file": (BytesIO(roster(tables)), "moved.zip")})
        preview = upload.headers["Location"].removeprefix("/directory")
        assert "Calendars 2026-2027 The roster&#39;s record Y27 becomes NY27" in plain(admin.get(preview))
        assert admin.post(f"{preview}/apply", page=preview).status_code == 303
        now = self.calendar(site)
        assert (now.calendar_id, now.active, len(now.days)) == (year.calendar_id, True, 1)
        assert "the roster, record NY27" in plain(admin.get(path))
        for row in tables["academicSessions"]:
            row["title"] += " new"
            row["sourcedId"] = "M" + row["sourcedId"]
            row.update({"parentSourcedId": "M" + row["parentSourcedId"]} if row.get("parentSourcedId") else {})
        upload = admin.post("/imports", {"file": (BytesIO(roster(tables)), "other.zip")})
        words = plain(admin.get(upload.headers["Location"].removeprefix("/directory")))
        assert "Days written here are left behind · To know · 1 place" in words
        assert (
            "2026-2027 (NY27) would not be in use any more, with the days that were written into it here: 1." in words
        )

    def test_a_semester_takes_its_days_from_the_year(self, site: Site, admin: Browser) -> None:
        fall, year = self.calendar(site, "Fall"), self.calendar(site)
        answer = admin.post(
            f"/calendars/{fall.calendar_id}/days",
            {"first": "2026-11-25", "kind": "break"},
            page=f"/calendars/{year.calendar_id}",
        )
        assert answer.status_code in (409, 412)

    def test_a_file_replaces_the_days_and_one_with_problems_does_not(self, site: Site, admin: Browser) -> None:
        year = self.calendar(site)
        path = f"/calendars/{year.calendar_id}/file"
        text = "begin,end,kind,label,tentative\n2026-09-07,,holiday,Labor Day,false\n2027-02-12,,weather_makeup,,true\n"
        answer = admin.post(path, {"file": (BytesIO(text.encode()), "days.csv")})
        assert answer.status_code == 303
        assert "1 make-up day that is only tentative was left out" in plain(
            admin.get(answer.headers["Location"].removeprefix("/directory"))
        )
        assert [day.title for day in self.calendar(site).days] == ["Labor Day"]
        wrong = admin.post(path, {"file": (BytesIO(text.replace("holiday", "holidai").encode()), "days.csv")})
        assert wrong.status_code == 422
        assert "Line 2: holidai is none of" in plain(wrong)
        assert len(self.calendar(site).days) == 1

    def test_a_year_entered_by_hand(self, site: Site, admin: Browser) -> None:
        fields = {"title": "2025-26", "first_day": "2025-08-20", "last_day": "2026-06-10"}
        made = admin.post("/calendars/new", dict(fields))
        assert made.status_code == 303
        path = made.headers["Location"].removeprefix("/directory")
        wrong = admin.post(f"{path}/edit", {**fields, "last_day": "2025-01-01"})
        assert wrong.status_code == 422
        assert admin.post(f"{path}/edit", {**fields, "title": "2025-2026", "active": "yes"}).status_code == 303
        assert self.calendar(site, "2025-2026").active

    def test_a_year_is_of_a_school_of_the_district(self, site: Site, admin: Browser) -> None:
        fields = {"title": "2025-26", "first_day": "2025-08-20", "last_day": "2026-06-10"}
        school = next(each.school_id for each in site.directory.events() if isinstance(each, SchoolChanged))
        made = admin.post("/calendars/new", {**fields, "school_id": str(school)})
        assert made.status_code == 303
        edit = made.headers["Location"].removeprefix("/directory") + "/edit"
        invented = {**fields, "school_id": str(new_id())}
        for path, more in (("/calendars/new", {}), (edit, {"active": "yes"})):
            answer = admin.post(path, {**invented, **more})
            assert (answer.status_code, "Choose a school that is in use." in plain(answer)) == (422, True), path
        assert self.calendar(site, "2025-26").school_id == school

    def test_a_roster_calendar_keeps_its_dates(self, site: Site, admin: Browser) -> None:
        page = f"/calendars/{self.calendar(site).calendar_id}"
        fields = {"title": "x", "first_day": "2025-08-20", "last_day": "2026-06-10"}
        for answer in (admin.get(f"{page}/edit"), admin.post(f"{page}/edit", fields, page=page)):
            assert answer.status_code == 409
            assert "Title and dates of this calendar come from the roster." in answer.text
            assert 'name="first_day"' not in answer.text


class TestSettings:
    def test_name_zone_and_guard(self, site: Site, admin: Browser) -> None:
        fields = {"name": "Harbor Schools", "zone": "America/Denver", "guard_percent": "10"}
        assert admin.post("/settings", dict(fields)).status_code == 303
        told = [each for each in site.directory.events() if isinstance(each, DistrictChanged)][-1]
        assert (told.name, told.zone) == ("Harbor Schools", "America/Denver")
        assert "Harbor Schools" in admin.get("/me").text
        for wrong in ({"zone": "Mars/Base"}, {"guard_percent": "0"}, {"guard_percent": "x"}, {"name": ""}):
            assert admin.post("/settings", {**fields, **wrong}).status_code == 422

    def test_the_name_of_another_district_stays_theirs(
        self, site: Site, admin: Browser, make_directory: Callable[..., Directory]
    ) -> None:
        make_directory("Other District")
        taken = admin.post("/settings", {"name": "Öther district", "zone": "America/Denver", "guard_percent": "10"})
        assert taken.status_code == 422
        assert "There is a district called Other District already." in plain(taken)
        assert "Harbor District" in admin.get("/me").text

    def test_a_stale_change_is_refused_and_told_who_was_first(self, admin: Browser) -> None:
        fields = {"name": "A", "zone": "America/Denver", "guard_percent": "10"}
        assert admin.post("/settings", dict(fields)).status_code == 303
        stale = admin.post("/settings", {**fields, "version": "1"})
        assert stale.status_code == 412
        assert "Ada Admin changed it on Mon 24 Nov 2025, 08:00 MST." in plain(stale)
