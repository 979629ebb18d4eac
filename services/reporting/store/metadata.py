"""The one metadata of the reporting database, with the tables that every service holds."""

from sqlalchemy import MetaData

from shared.inbox.tables import inbox_tables
from shared.outbox.tables import outbox_tables
from shared.people.tables import people_tables
from shared.web.tables import web_tables

METADATA = MetaData()
PEOPLE = people_tables(METADATA)
INBOX = inbox_tables(METADATA)
OUTBOX = outbox_tables(METADATA)
WEB = web_tables(METADATA)
