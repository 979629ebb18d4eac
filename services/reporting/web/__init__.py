"""Pages, files and API of the reports."""
