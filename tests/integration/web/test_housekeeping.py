"""What is over goes, in every district; what may still be asked for stays."""

from datetime import timedelta

from sqlalchemy import text

from shared.clock import now
from shared.db import connect, set_district, transaction
from shared.web.housekeeping import clear
from tests.support.web import PEOPLE, WEB


def test_old_answers_drafts_and_ended_sessions_go(demo):
    ages = {"web_once": (1, 3), "web_draft": (399, 401), "people_ended_session": (7, 9)}
    columns = {
        "web_once": "(district_id, person_id, endpoint, key, request_hash, created_at) VALUES (:d, :p, 'e', :k, 'x', :at)",
        "web_draft": "(district_id, person_id, key, revision, fields, saved_at) VALUES (:d, :p, :k, 1, '{}', :at)",
        "people_ended_session": "(district_id, session_id, expires_at) VALUES (:d, gen_random_uuid(), :at)",
    }
    for someone in (demo.alice, demo.charlie):
        with demo.owner.begin() as connection:
            set_district(connection, someone.district_id)
            for table, both in ages.items():
                for days in both:
                    values = {"d": someone.district_id, "p": someone.person_id, "k": str(days)}
                    at = now() - timedelta(days=days)
                    connection.execute(text(f"INSERT INTO {table} {columns[table]}"), {**values, "at": at})
    with transaction(connect(demo.settings, "worker"), None) as connection:
        assert clear(connection, WEB, PEOPLE, now()) == 6
    assert [row["key"] for row in demo.rows("SELECT key FROM web_once")] == ["1", "1"]
    assert [row["key"] for row in demo.rows("SELECT key FROM web_draft")] == ["399", "399"]
