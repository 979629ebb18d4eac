"""Evaluations as the bus tells them, for the reporting service: a world of schools, people and years, from a seed.

world = World(seed=1, schools=3, staff=24)         # deterministic
for district_id, event, envelope in world.told(): …   # in the order it happened
shuffled(world.told(), seed)                       # another order, as several partitions may bring it
apply_all(engine, told)                            # through the service's own appliers
"""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby
from random import Random
from uuid import UUID

from sqlalchemy import Engine

from services.reporting.marks import Marks
from services.reporting.projector.appliers import appliers
from shared.contracts import directory
from shared.contracts.envelope import Message, encode
from shared.contracts.registry import declaration_of
from shared.db import transaction
from shared.ids import derived_id
from shared.inbox.gathering import gathering
from tests.support.stories import COMPONENTS, FIRST, LEVELS, Story, Teller, Told, agreement

SECRET = "a secret of the tests, long enough to be one"
ZONE = "America/Los_Angeles"


class World:
    """A district mid-year: `staff` teachers in `schools`, each school with a principal, evaluations in every state.
    `unsigned`: how often a signature is lacking; 0 for a world of before that could be noted."""

    def __init__(
        self,
        *,
        seed: int = 1,
        schools: int = 3,
        staff: int = 24,
        district: str = "north",
        finished: float = 0.4,
        unsigned: float = 0.05,
    ) -> None:
        self.random = Random(seed)
        self.unsigned = unsigned
        self.district_id = derived_id("reporting", district)
        self.cycle_id = derived_id("reporting", district, "2025")
        self.teller = Teller(self.district_id)
        self.schools = [derived_id("reporting", district, "school", str(n)) for n in range(schools)]
        self.principals = {
            school: derived_id("reporting", district, "principal", str(school)) for school in self.schools
        }
        self.office = {role: derived_id("reporting", district, role) for role in _OFFICE}
        self.assistant = derived_id("reporting", district, "assistant")
        self.stories: list[Story] = []
        self._directory(district)
        self.teller.tell(agreement(), FIRST)
        for number in range(staff):
            self._story(number, district, finished)

    def told(self) -> list[Told]:
        return list(self.teller.told)

    def _directory(self, district: str) -> None:
        tell = self.teller.tell
        tell(
            directory.DistrictChanged(district_id=self.district_id, name=f"{district.title()} Unified", zone=ZONE),
            FIRST,
        )
        for number, school in enumerate(self.schools):
            tell(
                directory.SchoolChanged(school_id=school, name=f"{_SCHOOLS[number % len(_SCHOOLS)]} {number + 1}"),
                FIRST,
            )
            self.person(self.principals[school], "Pat", f"Principal {number + 1}", "principal", school)
        self.person(self.assistant, "Ash", "Assistant", "site_administrator", self.schools[0])
        for role, person in self.office.items():
            self.person(person, "Olu", role.replace("_", " ").title(), role)

    def somebody(self, role: str) -> UUID:
        """Somebody who holds a role: of the office, the first school's principal, a teacher, an assistant principal."""
        found = {
            "principal": self.principals[self.schools[0]],
            "teacher": self.stories[0].subject_id,
            "site_administrator": self.assistant,
            **self.office,
        }
        return found[role]

    def person(self, person_id: UUID, given: str, family: str, role: str, school: UUID | None = None) -> None:
        held = directory.RoleHeld(role=role, school_id=school)
        self.teller.tell(
            directory.PersonChanged(
                person_id=person_id, given_name=given, family_name=family, email=None, active=True, roles=(held,)
            ),
            FIRST,
        )

    def _story(self, number: int, district: str, finished: float) -> None:
        school = self.schools[number % len(self.schools)]
        subject = derived_id("reporting", district, "teacher", str(number))
        self.person(subject, f"Given{number}", f"Family{number}", "teacher", school)
        story = Story(
            self.teller, derived_id("reporting", district, "evaluation", str(number)), self.cycle_id, school, subject
        )
        self.stories.append(story)
        story.open().later(days=1).assign(self.principals[school])
        self._live(story, self.random.random() < finished)

    def _live(self, story: Story, whole: bool) -> None:
        chance = self.random
        story.later(days=2).begin("goals", due_on=date(2025, 10, 15), duty="subject")
        if not whole and chance.random() < 0.25:
            return
        late = chance.random() < 0.2
        story.later(days=60 if late else 20).finish("goals", due_on=date(2025, 10, 15), late=late, duty="subject")
        for occasion in range(1, chance.randint(1, 2) + 1):
            for name in ("notice", "observation", "feedback"):
                step = f"announced/{occasion}/{name}"
                due = (story.at + timedelta(days=10)).date()
                story.begin(step, due_on=due, kind=name)
                if not whole and chance.random() < 0.15:
                    return
                slow = chance.random() < 0.15
                story.later(days=20 if slow else 5).finish(step, due_on=due, late=slow, kind=name)
            if chance.random() < 0.8:
                story.later(hours=5).read(f"announced/{occasion}/feedback")
        story.finish("observations", kind="occasions")
        if not whole:
            return
        self._conclude(story)

    def _conclude(self, story: Story) -> None:
        chance = self.random
        level = chance.choices(LEVELS, weights=(1, 6, 60, 33))[0]
        ratings = [chance.choices((*LEVELS, None), weights=(1, 8, 60, 28, 3))[0] for _ in COMPONENTS]
        story.later(days=30).begin("summative", due_on=date(2026, 5, 15), kind="summative")
        story.later(days=1).finish("summative", due_on=date(2026, 5, 15), kind="summative").deliver(level, ratings)
        story.begin("signature", due_on=story.at.date() + timedelta(days=10), duty="subject", kind="signature")
        story.begin(
            "response", due_on=story.at.date() + timedelta(days=10), required=False, duty="subject", kind="response"
        )
        story.later(hours=3).read("summative")
        filed = chance.random() < 0.3
        story.later(days=4).finish("response", outcome="filed" if filed else "lapsed", duty="subject", kind="response")
        weights = (0.1, self.unsigned, 0.9 - self.unsigned)
        outcome = chance.choices(("refused", "unsigned", "signed"), weights=weights)[0]
        story.finish("signature", outcome=outcome, late=outcome == "unsigned", duty="subject", kind="signature")
        story.later(days=1).close(level)


_OFFICE = (
    "hr", "superintendent", "district_administrator", "system_administrator", "union_representative", "board_member",
)  # fmt: skip
_SCHOOLS = ("Lincoln", "Cedar", "Harbor", "Summit")


def shuffled(told: Iterable[Told], seed: int) -> list[Told]:
    """Another order in which the same events may come: each key's in its own order, keys and topics anyhow."""
    chance = Random(seed)
    streams: dict[tuple[str, str], list[Told]] = {}
    for one in told:
        topic = declaration_of(type(one.event)).topic.name
        streams.setdefault((topic, one.envelope.key), []).append(one)
    waiting = [list(reversed(stream)) for _, stream in sorted(streams.items())]
    order = []
    while waiting:
        place = chance.randrange(len(waiting))
        order.append(waiting[place].pop())
        if not waiting[place]:
            waiting[place] = waiting[-1]
            waiting.pop()
    return order


def apply_all(engine: Engine, told: Iterable[Told], *, secret: str = SECRET, most: int = 500) -> None:
    """Apply events as a consumer does, at most so many together. `engine`: of the role worker."""
    table = appliers(Marks(secret))
    for district_id, group in groupby(told, key=lambda one: one.district_id):
        of_district = list(group)
        for start in range(0, len(of_district), most):
            with transaction(engine, district_id) as connection, gathering(connection):
                for one in of_district[start : start + most]:
                    table[type(one.event)](connection, district_id, one.event, one.envelope)


def messages(told: Iterable[Told]) -> list[Message]:
    """The same events as messages of the bus."""
    return [
        encode(
            one.event,
            event_id=one.envelope.id,
            source=one.envelope.source,
            sequence=one.envelope.sequence,
            district_id=one.district_id,
            time=one.envelope.time,
        )
        for one in told
    ]
