"""Roles and databases on a PostgreSQL server: one database a service, and one for the bus where PostgreSQL is the bus."""

from collections.abc import Mapping

import psycopg
from psycopg import sql

from shared.config import SERVICES

OWNER, WEB, WORKER = "accord_owner", "accord_web", "accord_worker"
ROLES = (OWNER, WEB, WORKER)
BUS_DATABASE = "accord_bus"


def database_name(service: str) -> str:
    return f"accord_{service}"


def prepare(admin_url: str, passwords: Mapping[str, str] | None = None) -> list[str]:
    """Make the roles and databases that are missing; answers the databases made now.

    `admin_url`: an address whose role may create roles and databases. `passwords`: of the three roles, by name, where
    the server asks for one (the embedded server does not). Safe to call again.
    """
    made = []
    with psycopg.connect(admin_url, autocommit=True) as connection:
        prepare_roles(connection, passwords)
        there = {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}
        for service in SERVICES:
            if (name := database_name(service)) not in there:
                create_database(connection, name)
                made.append(name)
        if BUS_DATABASE not in there:
            # Only workers read and write the bus: they make its tables, the web role can't even connect.
            create_database(connection, BUS_DATABASE, owner=WORKER, users=(WORKER,))
            made.append(BUS_DATABASE)
    return made


def prepare_roles(connection: psycopg.Connection, passwords: Mapping[str, str] | None = None) -> None:
    """The three roles, none able to pass row-level security by."""
    there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    for role in ROLES:
        name = sql.Identifier(role)
        if role not in there:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE").format(name)
            )
        if passwords:
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(passwords[role])))
    # An administrator who is no superuser must be a member of a role to make databases for it.
    superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if superuser == (False,):
        for role in (OWNER, WORKER):
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def create_database(
    connection: psycopg.Connection,
    name: str,
    *,
    template: str = "template0",
    owner: str = OWNER,
    users: tuple[str, ...] = ROLES,
) -> None:
    """One database that only `users` may connect to. From a template of ours it is a copy, rights inside included, and its
    files are copied: that takes half the time of copying what is in them."""
    database = sql.Identifier(name)
    copied = sql.SQL("" if template == "template0" else " STRATEGY FILE_COPY")
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}{}").format(
            database, sql.Identifier(owner), sql.Identifier(template), copied
        )
    )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    for role in users:
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(role)))
