"""Shared fixtures, by topic; what each offers is in its docstrings."""

pytest_plugins = [
    "tests.support.teacher_world","tests.support.postgres", "tests.support.kafka", "tests.support.bus", "tests.support.skips", "tests.support.web",
    "tests.support.notifications", "tests.support.mail", "tests.support.browser"]
