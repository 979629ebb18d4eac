"""PostgreSQL: engines, the district of a transaction, and row-level security.

Three database roles per service (facts: reliability.md 1.C.2): `owner` migrates; `web` and `worker` run, are not
superusers, own nothing and can't bypass row-level security. A transaction says whose district it works in; what it
does not say, it does not see.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, text

from shared.config import DatabaseRole, Settings

DISTRICT = "(SELECT nullif(current_setting('app.district', true), '')::uuid)"
"""SQL: the district of the present transaction, NULL (and so no rows) where none was set. As a query of its own it is
worked out once a statement; without the SELECT, once for every row that a scan looks at."""


_SET_DISTRICT = text("SELECT set_config('app.district', :district, true)")


_PLANNING = "-c random_page_cost=1.1"
"""A page asks for some rows out of many, by key. PostgreSQL's usual 4 is for spinning disks: reckoned with it, fifty people's
names are worth reading everybody's."""
LONGEST_STATEMENT = 20
"""Seconds a statement of the role web may take, waiting for locks included: after that nobody waits for its answer any more,
and it must not go on holding the database. What rightly takes longer says so by take_time()."""


class UnsafeRoleError(Exception):
    """The database role could read across districts; the process refuses to start."""


def connect(settings: Settings, role: DatabaseRole) -> Engine:
    """An engine for one database role. Opens nothing until it is first used.

    A statement of the role web that takes longer than LONGEST_STATEMENT is ended (sqlalchemy.exc.OperationalError).
    """
    limit = f" -c statement_timeout={LONGEST_STATEMENT}s" if role == "web" else ""
    return create_engine(
        sqlalchemy_url(settings.database_urls[role]),
        pool_size=settings.pool_size,
        max_overflow=2,
        pool_timeout=5,
        pool_recycle=1800,
        pool_use_lifo=True,  # a connection just used has its statements prepared and its pages at hand
        hide_parameters=True,  # an error's text may reach a log; what a row holds must not
        connect_args={
            "connect_timeout": 5,
            # A server whose machine or line is gone says nothing: after this nobody goes on waiting for it.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": LONGEST_STATEMENT * 1000 + 5000,
            "application_name": f"accord-{settings.service}-{role}",
            "options": f"{_PLANNING}{limit}",
        },
    )


def sqlalchemy_url(url: str) -> str:
    """The same address with SQLAlchemy's name for psycopg 3."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def set_district(connection: Connection, district_id: UUID) -> None:
    """Bind the transaction to a district; ends with the transaction, so a pooled connection keeps nothing."""
    connection.execute(_SET_DISTRICT, {"district": str(district_id)})


def take_time(connection: Connection, *, minutes: int) -> None:
    """Let each statement of the present transaction take so long: for what is large by its nature, such as a roster."""
    connection.execute(text(f"SET LOCAL statement_timeout = '{int(minutes)}min'"))


@contextmanager
def transaction(engine: Engine, district_id: UUID | None) -> Iterator[Connection]:
    """One transaction, committed at the end, in one district (None: a worker that looks after queues of all)."""
    with engine.begin() as connection:
        if district_id is not None:
            set_district(connection, district_id)
        yield connection


def refuse_unsafe_role(engine: Engine) -> None:
    """Raise UnsafeRoleError where the role is a superuser or may bypass row-level security."""
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT current_user AS name, rolsuper OR rolbypassrls AS unsafe FROM pg_roles WHERE rolname = current_user"
            )
        ).one()
    if row.unsafe:
        raise UnsafeRoleError(
            f"The database role {row.name} bypasses row-level security. Run web and worker as a role made with "
            "NOSUPERUSER NOBYPASSRLS that does not own the tables."
        )


def district_policy(table: str, *, worker_sees_all: bool = False) -> list[str]:
    """SQL statements that wall a table off by district_id; for migrations.

    `worker_sees_all`: the worker's role may see every district's rows, for queues it must empty (outbox, deliveries).
    """
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_district ON {table} USING (district_id = {DISTRICT}) WITH CHECK (district_id = {DISTRICT})",
    ]
    if worker_sees_all:
        statements.append(f"CREATE POLICY {table}_queue ON {table} TO accord_worker USING (true) WITH CHECK (true)")
    return statements


def grants(
    table: str,
    *,
    web: str = "SELECT, INSERT, UPDATE, DELETE",
    worker: str = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE",
) -> list[str]:
    """SQL statements that let the two running roles use a table; for migrations."""
    return [f"GRANT {web} ON {table} TO accord_web", f"GRANT {worker} ON {table} TO accord_worker"]


@contextmanager
def locking_connection(engine: Engine) -> Iterator[Connection]:
    """A connection for advisory locks that live as long as its session, and for the work done under them.

    Working on the same connection is what makes it safe: a session the server has given up can write no more. The
    session ends with the block, and with it every lock.
    """
    with engine.connect() as connection:
        try:
            # The server notices within half a minute that a holder's machine is gone.
            for name, value in (("idle", 10), ("interval", 5), ("count", 3)):
                connection.execute(text(f"SET tcp_keepalives_{name} = {value}"))
            connection.commit()
            yield connection
        finally:
            connection.invalidate()


def try_session_locks(connection: Connection, wanted: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of the (name, number) locks that were free and are this session's now; commits."""
    rows = connection.execute(
        text(
            "SELECT name, number FROM unnest(:names ::text[], :numbers ::int[]) AS w(name, number) "
            "WHERE pg_try_advisory_lock(hashtext(name), number)"
        ),
        {"names": [name for name, _ in wanted], "numbers": [number for _, number in wanted]},
    ).all()
    connection.commit()
    return {(row.name, row.number) for row in rows}
