"""kill -9 of the sender around the moment of sending: no letter is lost; at most one is repeated a kill, recognisably."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from services.notifications.store import tables
from shared.clock import now
from tests.integration.notifications.test_together import FORTY, given, listed, to
from tests.support.mail import PostOffice
from tests.support.notifications import PAULA, TESS, Story

ROOT = Path(__file__).resolve().parents[2]
LEASE = 1.0
ALONE = tables.delivery.c.gathers_until.is_(None) & tables.delivery.c.together_id.is_(None)


def start(story: Story, office: PostOffice) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.run_sender"]
    process = subprocess.Popen(
        [*command, story.settings.database_urls["worker"], office.url, str(LEASE)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def unsent(story: Story) -> int:
    return sum(row["state"] != "sent" for row in story.rows(tables.delivery))


def letter_waits(story: Story) -> bool:
    return any(row["state"] == "pending" for row in story.rows(tables.delivery))


@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.faults)])
def test_a_killed_sender_loses_nothing_and_repeats_at_most_one_letter_a_kill(
    story: Story, post_office: PostOffice, kills: int
) -> None:
    chance = random.Random(kills)
    post_office.delay = 0.02  # before and after a letter is taken, so that kills fall on either side
    story.clock.at = now()
    story.open(TESS)
    count = kills * 4
    for number in range(count):
        story.done(TESS, f"feedback {number}", "feedback", PAULA)
    done = 0
    while done < kills and unsent(story):
        process = start(story, post_office)
        arrived = len(post_office.letters)
        deadline = time.monotonic() + LEASE + 5
        while len(post_office.letters) == arrived and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.12))
        kill(process)
        done += 1
    process = start(story, post_office)
    deadline = time.monotonic() + 60
    while unsent(story) and time.monotonic() < deadline:
        time.sleep(0.1)
    kill(process)
    copies = Counter(str(letter["Message-ID"]) for letter in post_office.letters)
    assert unsent(story) == 0
    assert set(copies) == {row["mail_id"] for row in story.rows(tables.delivery)}, "none lost"
    assert len(copies) == count
    repeats = sum(copies.values()) - count
    print(f"{done} kills, {count} letters, {repeats} repeated")
    assert repeats <= done
    assert max(copies.values()) <= 1 + done


def test_a_letter_of_many_entries_is_the_same_one_however_often_its_sender_is_killed(
    story: Story, post_office: PostOffice
) -> None:
    post_office.delay = 0.05
    story.clock.at = now() - timedelta(minutes=2)
    given(story, FORTY)
    with story.engine.begin() as connection:  # the letters of the forty are no part of this
        connection.execute(tables.delivery.update().where(ALONE).values(state="sent"))
    kills = 0
    while kills < 4 and letter_waits(story):
        kills += 1
        process = start(story, post_office)
        arrived = len(post_office.letters)
        deadline = time.monotonic() + LEASE + 5
        while len(post_office.letters) == arrived and time.monotonic() < deadline:
            time.sleep(0.002)
        kill(process)
    process = start(story, post_office)
    deadline = time.monotonic() + 60
    while letter_waits(story) and time.monotonic() < deadline:
        time.sleep(0.1)
    kill(process)
    copies = to(post_office, PAULA)
    assert not letter_waits(story) and 1 <= len(copies) <= 1 + kills
    assert {(letter["Message-ID"], tuple(listed(letter))) for letter in copies} == {
        (copies[0]["Message-ID"], tuple(f"{one.given} {one.family}" for one in FORTY))
    }
