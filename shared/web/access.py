"""Who may ask for what, by role, in one table per service; a route nobody decided about does not start.

The finer question (is this *my* evaluation?) belongs to the service's own table and is refused with `refuse_access`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from flask import Flask

from shared.people.roles import ROLES
from shared.people.viewer import Viewer


class PolicyError(Exception):
    """The policy and the routes do not agree; the text names every difference. The service refuses to start."""


@dataclass(frozen=True)
class Access:
    """A rule: who is let through the door of an endpoint."""

    kind: Literal["anyone", "signed_in", "holding", "session"]
    roles: frozenset[str] = frozenset()
    cookieless: bool = False

    def admits(self, viewer: Viewer) -> bool:
        return self.kind != "holding" or viewer.has(*self.roles)


def anyone(*, cookieless: bool = False) -> Access:
    """Nobody needs to be signed in. The viewer is not loaded unless the view asks viewer_or_nobody().

    `cookieless`: the view neither reads nor sets a cookie, so a foreign page gains nothing by posting to it.
    """
    return Access("anyone", cookieless=cookieless)


def signed_in() -> Access:
    """Every active person of a district."""
    return Access("signed_in")


def holding(*roles: str) -> Access:
    """Whoever holds any of these roles (shared.people.roles) anywhere, today."""
    if not roles or not ROLES.issuperset(roles):
        raise PolicyError(f"holding{roles}: name at least one role of shared.people.roles.ROLES")
    return Access("holding", frozenset(roles))


def by_session() -> Access:
    """A session that has not expired; the view's one statement checks that it was not ended. For the hot path of drafts."""
    return Access("session")


Rule = Access | Mapping[str, Access]
"""One rule for the endpoint, or one for each of its methods: {"GET": signed_in(), "POST": holding("hr")}."""


@dataclass(frozen=True)
class Policy:
    """endpoint (as in the url map, "blueprint.view") -> Rule."""

    rules: Mapping[str, Rule] = field(default_factory=dict)

    def of(self, endpoint: str, method: str) -> Access:
        rule = self.rules[endpoint]
        if isinstance(rule, Access):
            return rule
        return rule["GET" if method in ("HEAD", "OPTIONS") and method not in rule else method]

    def joined(self, other: Mapping[str, Rule]) -> "Policy":
        return Policy({**self.rules, **other})

    def refuse_gaps(self, app: Flask) -> None:
        """Raise PolicyError where a route has no rule, a rule no route, or a rule by method misses one."""
        methods: dict[str, set[str]] = {}
        for route in app.url_map.iter_rules():
            methods.setdefault(route.endpoint, set()).update((route.methods or set()) - {"HEAD", "OPTIONS"})
        problems = [f"{name} has no rule: say in the policy who may use it" for name in methods.keys() - self.rules]
        problems += [
            f"{name} has a rule but no route: remove it or mend its name" for name in self.rules.keys() - methods
        ]
        for name, rule in self.rules.items():
            if not isinstance(rule, Access) and name in methods:
                problems += [f"{name} has no rule for {method}" for method in sorted(methods[name] - rule.keys())]
        if problems:
            raise PolicyError("\n".join(sorted(problems)))
