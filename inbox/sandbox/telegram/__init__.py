"""A Bot API server on 127.0.0.1 and the people who write to its bots.

    async with TelegramSandbox() as sandbox:
        bot = sandbox.bot("123456:TEST-token", username="acme_support_bot")
        ann = sandbox.user("Ann", language="en")
        ann.write(bot, "hello")              # now getUpdates hands it out
        ...                                  # the program under test runs against sandbox.base
        ann.chat(bot).messages               # what Ann sees

Facts come from the Bot API documentation (core.telegram.org/bots/api) and from
the source of its server (github.com/tdlib/telegram-bot-api, tdlib/td).
"""

from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.chats import Chat, Group, Topic
from inbox.sandbox.telegram.faults import Fault
from inbox.sandbox.telegram.limits import Limits
from inbox.sandbox.telegram.people import Person
from inbox.sandbox.telegram.server import TelegramSandbox
from inbox.sandbox.telegram.world import Call

__all__ = [
    "Bot",
    "Call",
    "Chat",
    "Fault",
    "Group",
    "Limits",
    "Person",
    "TelegramSandbox",
    "Topic",
]
