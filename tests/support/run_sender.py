"""A sender in a process of its own, to be killed: python -m tests.support.run_sender DATABASE_URL SMTP_URL LEASE_SECONDS."""

import sys
import threading
from datetime import timedelta
from pathlib import Path

from services.notifications.channels.sender import Sender
from shared import logs
from shared.clock import now
from shared.config import Settings
from shared.db import connect

if __name__ == "__main__":
    database_url, smtp_url, lease = sys.argv[1:]
    logs.configure(service="notifications", role="sender")
    settings = Settings(
        service="notifications",
        database_urls={"worker": database_url},
        bus="postgres",
        bus_url="",
        secret_key="",
        session_verify_key=Path("unused"),
        session_signing_key=None,
        smtp_url=smtp_url,
        mail_gather_seconds=0,
    )
    sender = Sender(settings, connect(settings, "worker"), clock=now, lease=timedelta(seconds=float(lease)))
    print("ready", flush=True)
    sender.run(threading.Event())
