"""An index by which a page of people is found in the order of their names, whatever the marks on letters."""

from alembic import op

revision = "0002"
down_revision = "0001"

PLAIN_NAME = (
    r"lower(translate(regexp_replace(normalize(family_name || E'\t' || given_name, NFKD), '["
    + "\u0300-\u036f"
    + r"]', "
    r"'', 'g'), 'ŁłĐđØøðħı’', 'LlDdOodhi'''))"
)


def upgrade() -> None:
    op.execute(f"CREATE INDEX people_person_by_plain_name ON people_person (district_id, ({PLAIN_NAME}))")
