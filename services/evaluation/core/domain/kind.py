"""What one evaluation service says of itself; the core names no kind."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`name`: of the service, and of the agreements it runs. Roles are words of shared.people.roles.

    `subject_roles`: who can be evaluated; `evaluator_roles`: who can be named as an evaluator; `office_roles`: who runs
    cycles.
    """

    name: str
    subject_roles: tuple[str, ...]
    evaluator_roles: tuple[str, ...]
    office_roles: tuple[str, ...]
