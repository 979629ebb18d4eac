"""What services say to one another. Importing this package declares every event."""

from shared.contracts import agreements, directory, process, results

__all__ = ["agreements", "directory", "process", "results"]
