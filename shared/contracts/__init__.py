"""What services say to one another. Importing this package declares every event."""

from shared.contracts import access, agreements, dead_letters, directory, process, results

__all__ = ["access", "agreements", "dead_letters", "directory", "process", "results"]
