"""Choosing the adapter. A process that does not ask for Kafka never loads its client."""

from shared.bus.port import Bus
from shared.config import Settings


def open_bus(settings: Settings) -> Bus:
    """The bus the settings name; connects when something is first asked of it."""
    if settings.bus == "kafka":
        from shared.bus.kafka import KafkaBus

        return KafkaBus(settings.bus_url)
    from shared.bus.postgres import PostgresBus

    return PostgresBus(settings.bus_url)
