"""The main job on a real district's roster: 68 staff, 3 schools, from the upload to a signed and closed evaluation, with
principal, teacher, HR and union representative each signing in. Everything over HTTP on a whole running installation."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from accord.demo.evaluations import SchoolYear
from tests.support.annual_cycle import WASHINGTON
from tests.support.installation import ROOT, Installation
from tests.support.visitor import Page, Visitor

ROSTER = ROOT.parent / "shared/data/grand-bend/grand-bend-oneroster-1.2.zip"
ZONE = "America/Chicago"
CYCLE = "This year"
TODAY = datetime.now(ZoneInfo(ZONE)).date()
YEAR = SchoolYear(TODAY)
"""The roster's own year has passed; an evaluation is held within its cycle or near it."""
WORDS = "a quiet lantern by the harbor "  # and something of each person's own, below
SECRET = "zebra-crossing"

pytestmark = pytest.mark.skipif(
    not ROSTER.exists(), reason=f"the real roster is not beside the project ({ROSTER.name})"
)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator["District"]:
    installation = Installation(tmp_path_factory.mktemp("grand-bend"), None, "--no-demo")
    try:
        installation.wait_until_up()
        yield District(installation)
    finally:
        installation.end()


class District:
    """The installation, and everyone's browser."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.visitors: dict[str, Visitor] = {}

    def accord(self, *arguments: str) -> str:
        environment = os.environ | {"ACCORD_HOME": str(self.installation.home)}
        done = subprocess.run(
            [sys.executable, "-m", "accord", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def let_in(self, who: str, link: str) -> Visitor:
        """Set the password by the one-time link, then sign in; answers the browser."""
        visitor = Visitor(self.installation.port)
        path = urlsplit(re.sub(r"\s+", "", link)).path
        page = visitor.open(path)
        assert page.status == 200, page.words[:500]
        password = f"{WORDS}{len(self.visitors)}"
        username = re.search(r'value="([^"]+)" autocomplete="username"', page.text)
        assert username is not None
        page = visitor.send(page.form("Set"), page=page, password=password, password_again=password)
        assert page.status == 200, page.words[:500]
        visitor.sign_in(username.group(1), password)
        self.visitors[who] = visitor
        return visitor

    def invite(self, admin: Visitor, name: str, role: str | None = None) -> str:
        """Find somebody on the people pages, give a role where one is named, make a link."""
        page = admin.open(f"/directory/people?q={name.rsplit(maxsplit=1)[-1]}")
        page = admin.follow(page, name)
        if role is not None:
            page = admin.send(page.form("Give a role"), page=page, role=role)
            assert "The role is given." in page.words, page.words[:800]
        page = admin.send(page.form("/link"), page=page)
        found = re.search(r"<textarea[^>]*readonly[^>]*>([^<]+)</textarea>", page.text)
        assert found is not None, page.words[:500]
        return found.group(1)


def eventually(visitor: Visitor, path: str, words: str, seconds: float = 15) -> Page:
    """The page once it has these words: what others did arrives by event."""
    deadline = time.monotonic() + seconds
    while True:
        page = visitor.open(path)
        if words in page.words:
            return page
        assert time.monotonic() < deadline, f"{words!r} never came to {path}: {page.words[:1500]}"
        time.sleep(0.1)


def yesterday(hour: int, minute: int = 0) -> dict[str, str]:
    """A time on yesterday's date, as forms take it."""
    return on_day(-1, hour, minute)


def on_day(from_today: int, hour: int, minute: int = 0) -> dict[str, str]:
    day = datetime.now(ZoneInfo(ZONE)) + timedelta(days=from_today)
    begins = day.replace(hour=hour, minute=minute)
    return {
        "day": begins.date().isoformat(),
        "begins": f"{begins:%H:%M}",
        "ends": f"{begins + timedelta(minutes=40):%H:%M}",
    }


def test_the_main_job_on_a_real_roster(district: District) -> None:
    said = district.accord(
        "district", "create", "--name", "Grand Bend ISD", "--zone", ZONE,
        "--given-name", "Ada", "--family-name", "First", "--username", "ada.first",
    )  # fmt: skip
    admin = district.let_in("admin", "http" + said.split("http", 1)[1])
    import_roster(admin)
    hr = district.let_in("hr", district.invite(admin, of_the_office(admin), "hr"))
    principal_name, teacher_name, union_name = people_of_one_school(admin)
    principal = district.let_in("principal", district.invite(admin, principal_name))
    teacher = district.let_in("teacher", district.invite(admin, teacher_name))
    district.let_in("union", district.invite(admin, union_name, "union_representative"))

    ratify(district)
    begin_cycle(hr)
    evaluation = the_year(district, principal, teacher, teacher_name)
    what_everyone_sees(district, evaluation)


def import_roster(admin: Visitor) -> None:
    page = admin.open("/directory/imports")
    page = admin.upload(page.form("Upload"), "file", ROSTER.name, ROSTER.read_bytes())
    assert "Nothing has changed yet" in page.words, page.words[:2000]
    page = admin.send(page.form("Import all of it"), page=page)
    assert "Imported on" in page.words, page.words[:2000]
    schools = admin.open("/directory/schools").words
    for name in ("High School", "Middle School", "Elementary School"):
        assert f"Grand Bend {name}" in schools


def of_the_office(admin: Visitor) -> str:
    """Somebody of the district office."""
    return names(admin.open("/directory/people?role=district_administrator"))[0]


def names(page: Page) -> list[str]:
    """The names a list of people shows."""
    rows = re.findall(r'<th scope="row"><a href="[^"]*/people/[^"]*">([^<]+)</a>', page.text)
    assert rows, page.words[:1000]
    return rows


def school_of(page: Page) -> str:
    """High, Middle or Elementary: where the roles on a person's page say."""
    roles = page.words.split("Give a role")[0]
    return next(name for name in ("High", "Middle", "Elementary") if f"Grand Bend {name} School" in roles)


def people_of_one_school(admin: Visitor) -> tuple[str, str, str]:
    """A principal, a teacher of the same school, and a teacher of another one."""
    principal = names(admin.open("/directory/people?role=principal"))[0]
    page = admin.follow(admin.open(f"/directory/people?q={principal.split()[-1]}"), principal)
    school = school_of(page)
    teachers: dict[str, str] = {}
    for name in names(admin.open("/directory/people?role=teacher")):
        page = admin.follow(admin.open(f"/directory/people?q={name.split()[-1]}"), name)
        teachers.setdefault("same" if school_of(page) == school else "other", name)
        if len(teachers) == 2:
            break
    return principal, teachers["same"], teachers["other"]


def ratify(district: District) -> None:
    district.accord(
        "agreements", "ratify", str(WASHINGTON / "agreement.yaml"), "--district", "Grand Bend ISD",
        "--signed", "association:A. Rivera:2021-06-12", "--signed", "district:B. Stone:2021-06-12",
    )  # fmt: skip


def begin_cycle(hr: Visitor) -> None:
    page = hr.open("/teacher/cycles/new")
    form = page.form("Open a cycle")
    page = hr.send(
        form, page=page, button="Open the cycle", title=CYCLE, first_day=str(YEAR.first), last_day=str(YEAR.last),
        agreement_hash=form.choices["agreement_hash"][0],
    )  # fmt: skip
    form = page.form("Begin evaluations")
    assert len(form.choices["person_ids"]) == 55
    page = hr.send(form, page=page, button="Check, then begin", track="comprehensive", propose="true")
    page = hr.send(page.form("Begin evaluations"), page=page, button="Begin 55 evaluations")
    assert "55 evaluations have begun." in page.words, page.words[:1000]


def the_year(district: District, principal: Visitor, teacher: Visitor, teacher_name: str) -> str:
    """From self-assessment to close; answers the evaluation's path."""
    page = eventually(teacher, "/home/", "Self-assessment")
    page = teacher.follow(teacher.open("/teacher/mine"), CYCLE)
    base = page.path
    for step in ("self_assessment", "goals"):
        page = teacher.open(f"{base}/forms/{step}")
        form = next(one for one in page.forms if f"/forms/{step}" in one.action)
        typed: dict[str, Any] = {name: values[-1] for name, values in form.choices.items()}
        typed |= {
            name: f"{SECRET} {name}" for name, values in form.fields.items() if values == [""] and name not in typed
        }
        page = teacher.send(form, page=page, button="Check, then send to", **typed)
        page = press(teacher, page, f"Send to {page.words.split('Send this to ')[1].split('?')[0]}")
        assert page.status == 200, page.words[:1500]
    page = principal.open(f"{base}/agree/goals_agreed")
    press(principal, page, "Agree")
    announced(principal, base)
    page = eventually(teacher, "/home/inbox", "feedback")
    principal_walks_by(principal, base)
    hold(principal, f"{base}/conferences/mid_year")
    summative(principal, base)
    page = teacher.follow(teacher.open(f"{base}/sign"), "Read the evaluation")
    page = teacher.follow(page, "Sign, or refuse to")
    press(teacher, page, "Sign")
    page = teacher.open(f"{base}/respond")
    page = teacher.send(page.form("Check, then send it"), page=page, button="Check", text=f"{SECRET} response")
    press(teacher, page, "Attach it for good")
    page = principal.open(f"{base}/close")
    page = press(principal, page, "Close the evaluation")
    assert "losed" in principal.open(base).words
    assert teacher_name.split(",", maxsplit=1)[0] in principal.open(base).words
    return base


def press(visitor: Visitor, page: Page, button: str, **typed: Any) -> Page:
    """Press the one button with these words, with the form it stands in."""
    form = next(one for one in page.forms if any(words == button for _, _, words in one.buttons))
    answer = visitor.send(form, page=page, button=button, **typed)
    assert answer.status == 200, (answer.status, answer.words[:1500])
    return answer


def hold(principal: Visitor, path: str, when: dict[str, str] | None = None) -> None:
    when = when or yesterday(8)
    page = principal.open(path)
    form = next(one for one in page.forms if "conference" in one.action)
    page = principal.send(
        form, page=page, button="Check, then record", day=when["day"], begins=when["begins"], note=f"{SECRET} talk"
    )
    press(principal, page, "Record it for good")


def observe(principal: Visitor, path: str, components: list[str], when: dict[str, str]) -> None:
    page = principal.open(path)
    form = page.form("/observation")
    lines = {f"text-{number}": f"{SECRET} line {number}" for number in range(1, len(components) + 1)}
    tags = {f"for-{number}": component for number, component in enumerate(components, start=1)}
    page = principal.send(
        form,
        page=page,
        button="Check, then send",
        strengths=f"{SECRET} strengths",
        next_steps="",
        **when,
        **lines,
        **tags,
    )
    if "Go back and change it" in page.words:
        page = next_press(principal, page)
    assert page.status == 200, page.words[:1500]


def next_press(principal: Visitor, page: Page) -> Page:
    form = next(one for one in page.forms if any(words.startswith("Send") for _, _, words in one.buttons))
    return principal.send(form, page=page, button="Send")


def announced(principal: Visitor, base: str) -> None:
    page = principal.open(f"{base}/occasions/new?type=announced")
    form = page.form("Announce it")
    told = datetime.now(ZoneInfo(ZONE))
    page = principal.send(form, page=page, button="Announce", place="Room 4", **on_day(1, 10))
    assert page.status == 200, page.words[:1500]
    occasion = re.search(rf"{base}/occasions/[0-9a-f-]{{36}}", principal.open(base).text)
    assert occasion is not None
    at_once = {"day": told.date().isoformat(), "begins": f"{told:%H:%M}"}
    hold(principal, f"{base}/conferences/announced/1/pre_conference", at_once)
    # No lesson is seen before it was announced, nor before it ended: this one lasts until the next full minute.
    ended = told.replace(second=0) + timedelta(minutes=2 if told.second > 55 else 1)
    begun = ended - timedelta(minutes=1)
    time.sleep(max(0.0, (ended - datetime.now(ZoneInfo(ZONE))).total_seconds() + 1))
    lesson = {"day": begun.date().isoformat(), "begins": f"{begun:%H:%M}", "ends": f"{ended:%H:%M}"}
    observe(principal, occasion.group(0), ["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8"], lesson)
    afterwards = {"day": ended.date().isoformat(), "begins": lesson["ends"]}
    hold(principal, f"{base}/conferences/announced/1/post_conference", afterwards)


def principal_walks_by(principal: Visitor, base: str) -> None:
    page = principal.open(f"{base}/occasions/new?type=walkthrough")
    form = next(one for one in page.forms if "walkthrough" in one.action)
    page = principal.send(form, page=page)
    assert page.status == 200, page.words[:1500]
    observe(principal, page.path, ["C5", "C2"], yesterday(10))


def summative(principal: Visitor, base: str) -> None:
    page = principal.open(f"{base}/summative")
    form = page.form("Check, then send")
    ratings = {name: values[2] for name, values in form.choices.items() if len(values) >= 4}
    assert len(ratings) == 13
    page = principal.send(form, page=page, button="Check, then", comment=f"{SECRET} judgment", **ratings)
    page = next_press(principal, page)
    assert page.status == 200, page.words[:1500]


def what_everyone_sees(district: District, base: str) -> None:
    hr, principal, teacher, union = (district.visitors[who] for who in ("hr", "principal", "teacher", "union"))
    score = teacher.open(f"{base}/score")
    assert "Proficient" in score.words
    assert "24" in score.words  # eight criteria at 3
    eventually(principal, "/home/inbox", "response")
    eventually(teacher, "/home/inbox", "closed")
    board = eventually(hr, "/teacher/cycles", CYCLE)
    assert "55" in board.words
    eventually(hr, "/reports/completion", "55")
    audit = eventually(union, "/reports/audit", "55")
    assert "Proficient" not in audit.text
    for page in (audit, union.open(base), union.open(f"{base}/score"), union.open("/reports/ratings")):
        assert SECRET not in page.text
        assert "Proficient" not in page.text
    assert union.open(base).status == 404
    assert hr.open("/reports/audit").status in (200, 403)
    letters = list((district.installation.home / "mail").rglob("*.eml"))
    assert letters, "no letter was caught"
    assert all(SECRET not in Path(letter).read_text(encoding="utf-8", errors="replace") for letter in letters)
