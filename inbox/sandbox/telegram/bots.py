"""A bot's account."""

from collections.abc import Callable

from inbox.sandbox.telegram.errors import Json
from inbox.sandbox.telegram.updates import Updates


class Bot:
    """The account behind a token. ``reads_all``: privacy mode is off.

    ``card`` is how messages show it, ``commands`` what setMyCommands left, by
    scope (JSON) and language.
    """

    def __init__(
        self,
        token: str,
        username: str,
        name: str,
        *,
        reads_all: bool,
        changed: Callable[[], None],
    ) -> None:
        self.token = token
        self.id = int(token.partition(":")[0])
        self.username = username
        self.reads_all = reads_all
        self.card: Json = {
            "id": self.id,
            "is_bot": True,
            "first_name": name,
            "username": username,
        }
        self.updates = Updates(first_id=400_000_001, changed=changed)
        self.webhook: Json = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}

    @property
    def polling(self) -> bool:
        """Whether a getUpdates call waits now."""
        return self.updates.polling

    @property
    def pending(self) -> int:
        """How many updates are not confirmed yet."""
        return len(self.updates)
