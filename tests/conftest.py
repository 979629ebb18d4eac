"""Shared fixtures, by topic; what each offers is in its docstrings. A plugin stands after those it imports."""

from hypothesis import settings

# Its deadline of 200 ms an example would be a test of how busy the machine is.
settings.register_profile("accord", deadline=None)
settings.load_profile("accord")

pytest_plugins = [
    "tests.support.skips",
    "tests.support.templates",
    "tests.support.order",
    "tests.support.postgres",
    "tests.support.kafka",
    "tests.support.bus",
    "tests.support.web",
    "tests.support.mail",
    "tests.support.browser",
    "tests.support.directories",
    "tests.support.directory_web",
    "tests.support.notifications",
    "tests.support.reports",
    "tests.support.teacher_world",
]
