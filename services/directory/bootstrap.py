from pathlib import Path

from services.directory.store.tables import METADATA

__all__ = ["METADATA", "MIGRATIONS"]
MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
