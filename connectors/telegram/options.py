"""What an operator can set for one Telegram bot."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class TelegramOptions(BaseModel):
    """The keys of a Telegram section.

    ``poll_seconds`` is how long the platform holds an empty getUpdates (it caps it at
    50), ``call_seconds`` how long any other call may take before its outcome counts as
    uncertain. The three rates are what Telegram's FAQ for bots allows: messages a
    second over all private chats, a second in one of them, and a minute in one group.
    ``slim_import`` postpones aiogram's model building (see :mod:`.slim`).
    """

    # The input may be the token: no error may quote it.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: SecretStr
    api_base: str = "https://api.telegram.org"
    poll_seconds: Annotated[int, Field(ge=0, le=50)] = 50
    call_seconds: Annotated[float, Field(gt=0, le=60)] = 60.0
    whole_per_second: Annotated[int, Field(ge=1)] = 30
    chat_per_second: Annotated[int, Field(ge=1)] = 1
    group_per_minute: Annotated[int, Field(ge=1)] = 20
    slim_import: bool = True

    @field_validator("token")
    @classmethod
    def _looks_like_a_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"\d+:[^\s/]+", token.get_secret_value()):
            raise ValueError("token must be the one BotFather gave, like 123456789:AAE...")
        return token

    @field_validator("api_base")
    @classmethod
    def _is_an_address(cls, base: str) -> str:
        if not re.fullmatch(r"https?://[^\s{}]+", base):
            raise ValueError("api_base must be an address that starts with https:// or http://")
        return base.rstrip("/")
