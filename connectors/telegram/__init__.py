"""Telegram: a bot that people write to, and the forum group where agents answer."""

import os

from connectors.base import Connector
from connectors.telegram import slim
from connectors.telegram.options import TelegramOptions as Options

__all__ = ["Options", "create"]


def create(account: str, options: Options) -> Connector:
    """Make the connector of the section ``account``; aiogram is imported now.

    The environment variable ``INBOX_SLIM_IMPORT=0`` overrides ``slim_import`` for
    those who cannot start and therefore cannot change the configuration either.
    """
    if options.slim_import and os.environ.get("INBOX_SLIM_IMPORT") != "0":
        slim.postpone()
    from connectors.telegram.link import Telegram  # noqa: PLC0415 - after the import above

    return Telegram(account, options)
