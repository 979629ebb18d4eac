"""A route that nobody decided about does not start."""

from uuid import uuid4

import pytest
from flask import Flask

from shared.people.viewer import RoleAt, Viewer
from shared.web.access import Policy, PolicyError, anyone, holding, signed_in


def app() -> Flask:
    made = Flask(__name__, static_folder=None)
    made.add_url_rule("/a", "a", lambda: "", methods=["GET", "POST"])
    made.add_url_rule("/b", "b", lambda: "")
    return made


def viewer(*roles: str) -> Viewer:
    held = tuple(RoleAt(role, None) for role in roles)
    return Viewer(uuid4(), uuid4(), uuid4(), "A", "B", "D", "America/Chicago", held)


def test_every_route_with_a_rule_starts():
    Policy({"a": {"GET": anyone(), "POST": signed_in()}, "b": holding("hr")}).refuse_gaps(app())


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"a": signed_in()}, "b has no rule"),
        ({"a": signed_in(), "b": signed_in(), "c": signed_in()}, "c has a rule but no route"),
        ({"a": {"GET": anyone()}, "b": signed_in()}, "a has no rule for POST"),
    ],
)
def test_a_gap_is_named(rules, words):
    with pytest.raises(PolicyError, match=words):
        Policy(rules).refuse_gaps(app())


def test_an_unknown_role_is_refused_when_the_rule_is_written():
    with pytest.raises(PolicyError):
        holding("principle")
    with pytest.raises(PolicyError):
        holding()


def test_a_role_held_anywhere_opens_the_door():
    rule = holding("hr", "principal")
    assert rule.admits(viewer("teacher", "principal"))
    assert not rule.admits(viewer("teacher"))
    assert signed_in().admits(viewer())


def test_head_and_options_follow_get():
    policy = Policy({"a": {"GET": anyone(), "POST": holding("hr")}})
    assert policy.of("a", "HEAD") == anyone()
    assert policy.of("a", "POST") == holding("hr")
