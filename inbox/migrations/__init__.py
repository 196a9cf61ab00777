"""One history of the tables, for both engines."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

HEAD = "0001"
"""The revision that this program needs; a test holds it to the newest file."""


class UnknownRevisionError(Exception):
    """The tables were made by a newer program: this one must not touch them."""


def current(connection: Connection) -> str | None:
    """The revision the database stands at, None for an empty one."""
    with connection.begin():
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("select version_num from alembic_version")).scalar()


def upgrade(connection: Connection) -> bool:
    """Bring the tables up to date in one transaction. Returns whether anything was done.

    Raises UnknownRevisionError for tables of a newer program.
    """
    if current(connection) == HEAD:
        return False
    from alembic import command  # noqa: PLC0415 - slow to load, seldom needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    try:
        with connection.begin():
            command.upgrade(config, "head")
    except CommandError as error:
        raise UnknownRevisionError(f"this program does not know its tables: {error}") from error
    return True
