"""Reading a OneRoster CSV package (1.2, 1.1 tolerated): pure, knows no database and no page.

`reader.read_roster` turns a zip into findings and a staged roster that holds staff only.
"""
