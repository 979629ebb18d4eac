"""What takes longest begins first: begun last, it would keep one process busy while the others have nothing left to do."""

import pytest

LONGEST = (
    "tests/faults/",
    "tests/interop/",
    "tests/integration/test_up.py",
    "tests/integration/test_filling.py",
    "tests/integration/test_demo.py",
    "tests/integration/test_services_alone.py",
    "tests/integration/test_started_together.py",
    "tests/integration/test_memory.py",
    "tests/integration/test_kafka_broker.py",
    "tests/integration/bus/test_outages.py",
    "tests/e2e/evaluation/test_looks.py",
    "tests/e2e/reporting/test_reports_drawn.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
