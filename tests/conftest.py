"""Shared fixtures, by topic; what each offers is in its docstrings. A plugin stands after those it imports."""

pytest_plugins = [
    "tests.support.skips",
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
