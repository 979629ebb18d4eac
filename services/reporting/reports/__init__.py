"""The reports, one file each: what is asked of the tables, and the rows that pages, CSV and API show alike."""
