"""A relay or consumer in a process of its own, to be killed:
python -m tests.support.run_bus_role ROLE WORKER_URL BUS BUS_URL."""

import sys
import threading
from pathlib import Path

from shared import logs
from shared.config import Settings
from tests.support.bus import open_service

if __name__ == "__main__":
    role, database_url, bus, bus_url = sys.argv[1:]
    logs.configure(service="teacher", role=role)
    settings = Settings(
        service="teacher",
        database_urls={"worker": database_url, "web": database_url},
        bus=bus,  # type: ignore[arg-type]
        bus_url=bus_url,
        secret_key="",
        session_verify_key=Path("unused"),
        session_signing_key=None,
    )
    service = open_service(settings)
    running = service.relay() if role == "relay" else service.consumer()
    print("ready", flush=True)
    running.run(threading.Event())
