"""The services and what they are made of: the one list that migrations, web, workers and deployment are taken from.

A service's package is loaded only when something is asked of it, so that `accord --help` stays quick.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.config import SERVICES, Settings
from shared.worker import Role

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine, MetaData, Table

    from shared.bus.port import Bus
    from shared.inbox.consumer import Consumer


@dataclass(frozen=True)
class Service:
    """One service. `module` makes its app and its worker, `history` is the package whose migrations it runs."""

    name: str
    module: str
    history: str

    @property
    def versions(self) -> Path:
        """The folder of its revision files."""
        return _ROOT.joinpath(*self.history.split("."), "migrations", "versions")

    def load(self) -> None:
        """Import the service, which does no work and opens nothing: before a fork, so that it is done and held once."""
        self._made()

    def create_app(self, settings: Settings) -> "Flask":
        app: Flask = self._made().create_app(settings)
        return app

    def create_worker(self, settings: Settings) -> Sequence[Role]:
        roles: Sequence[Role] = self._made().create_worker(settings)
        return roles

    def metadata(self) -> "MetaData":
        metadata: MetaData = self._made().METADATA
        return metadata

    def create_consumer(self, settings: Settings, engine: "Engine", bus: "Bus") -> "Consumer":
        """What reads the bus into its tables; only for a service that `consumes`."""
        consumer: Consumer = self._made().create_consumer(settings, engine, bus)
        return consumer

    def projections(self) -> Sequence["Table"]:
        """The tables a replay empties and fills anew."""
        tables: Sequence[Table] = self._made().PROJECTIONS
        return tables

    @property
    def consumes(self) -> bool:
        return hasattr(self._made(), "create_consumer")

    def _made(self) -> Any:
        return import_module(self.module)


_ROOT = Path(__file__).parent.parent

ALL: tuple[Service, ...] = (
    Service("directory", "services.directory.bootstrap", "services.directory"),
    Service("teacher", "services.evaluation.teacher.app", "services.evaluation.core"),
    Service("notifications", "services.notifications.bootstrap", "services.notifications"),
    Service("reporting", "services.reporting.bootstrap", "services.reporting"),
)
BY_NAME = {service.name: service for service in ALL}

assert tuple(BY_NAME) == SERVICES


def chosen(names: Sequence[str] = ()) -> list[Service]:
    """The named services, all where none is named, in the order in which they depend on one another's events."""
    return [service for service in ALL if not names or service.name in names]
