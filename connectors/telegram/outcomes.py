"""What an exception of aiogram or aiohttp says about the call that raised it.

The question is always: has the platform accepted it? Telegram knows no idempotency
key, so "perhaps" must not be repeated by anybody but a person.

===========================================  =================================
connection refused, no DNS, TLS, no connect  TryLater
429                                          TryLater, told how long
401, 404 (the token is not accepted)         TryLater: an operator can mend it
409 (somebody else polls)                    TryLater
timeout or reset after the request           Uncertain
5xx, answers that are no JSON                Uncertain
an album of which some items failed          Uncertain
403, 400, 413                                Refused, by the table ``_REFUSALS``
===========================================  =================================

Measured against aiogram 3.31; texts of errors as the Bot API server (tdlib) sends them.
"""

import re
from functools import singledispatch

from aiogram import exceptions as telegram
from aiohttp import ClientConnectorError, ClientResponseError, ConnectionTimeoutError, InvalidURL

from connectors.base import Outcome, Reason, Refused, TryLater, Uncertain

_TOKEN_PAUSE = 60.0
_NOT_FOUND = 404

# Read from the top, in lower case; the first that occurs decides.
_REFUSALS = (
    ("message thread not found", Reason.GONE),
    ("topic_deleted", Reason.GONE),
    ("topic_id_invalid", Reason.GONE),
    ("message to edit not found", Reason.GONE),
    ("message to copy not found", Reason.GONE),
    ("message_id_invalid", Reason.GONE),
    ("bot was blocked", Reason.UNREACHABLE),
    ("user is deactivated", Reason.UNREACHABLE),
    ("can't initiate conversation", Reason.UNREACHABLE),
    ("can't send messages to", Reason.UNREACHABLE),
    ("peer_id_invalid", Reason.UNREACHABLE),
    ("topic_closed", Reason.FORBIDDEN),
    ("not enough rights", Reason.FORBIDDEN),
    ("have no rights", Reason.FORBIDDEN),
    ("write_forbidden", Reason.FORBIDDEN),
    ("admin_required", Reason.FORBIDDEN),
    ("need administrator rights", Reason.FORBIDDEN),
    ("can't be deleted", Reason.FORBIDDEN),
    ("can't be edited", Reason.FORBIDDEN),
)


def outcome(error: Exception, *, private: bool, secret: str) -> Outcome:
    """The outcome that ``error`` of a call amounts to.

    ``private``: the call was about one person's chat. ``secret`` (the token, which
    addresses in errors contain) is cut out of the explanation.
    """
    result = _outcome(error, private)
    result.why = result.why.replace(secret, "<token>")
    result.args = (result.why,)
    return result


def reading(error: Exception, *, secret: str) -> Outcome:
    """As :func:`outcome`, for a download: it changes nothing, so it may be repeated."""
    if isinstance(error, ClientResponseError) and error.status == _NOT_FOUND:
        return Refused("The file is no longer at Telegram", Reason.GONE)
    result = outcome(error, private=False, secret=secret)
    return TryLater(result.why) if isinstance(result, Uncertain) else result


@singledispatch
def _outcome(error: Exception, private: bool) -> Outcome:
    # Not quoted: the content may be somebody's message, and the address has the token.
    return Uncertain(f"No clear answer from Telegram ({type(error).__name__})")


@_outcome.register
def _(error: telegram.TelegramRetryAfter, private: bool) -> Outcome:
    why = f"Telegram asks to wait {error.retry_after} s"
    return TryLater(why, float(error.retry_after), told=True)


@_outcome.register
def _(error: telegram.TelegramMigrateToChat, private: bool) -> Outcome:
    moved = str(error.migrate_to_chat_id)
    return Refused(f"The group is now {moved}", Reason.MOVED, moved)


@_outcome.register(telegram.TelegramUnauthorizedError)
@_outcome.register(telegram.TelegramNotFound)
def _(error: telegram.TelegramAPIError, private: bool) -> Outcome:
    if "method not found" in error.message.lower():  # an older Bot API server of one's own
        return Refused(error.message, Reason.INVALID)
    why = f"Telegram rejected the token ({error.message}): correct it in the configuration"
    return TryLater(why, _TOKEN_PAUSE)


@_outcome.register
def _(error: telegram.TelegramConflictError, private: bool) -> Outcome:
    return TryLater(f"Another program polls this bot: stop it ({error.message})")


@_outcome.register
def _(error: telegram.TelegramForbiddenError, private: bool) -> Outcome:
    return _refusal(error, Reason.UNREACHABLE if private else Reason.FORBIDDEN, private)


@_outcome.register
def _(error: telegram.TelegramBadRequest, private: bool) -> Outcome:
    return _refusal(error, Reason.INVALID, private)


@_outcome.register
def _(error: telegram.TelegramEntityTooLarge, private: bool) -> Outcome:
    return Refused(error.message, Reason.INVALID)


@_outcome.register(ClientConnectorError)
@_outcome.register(ConnectionTimeoutError)
@_outcome.register(InvalidURL)
def _(error: Exception, private: bool) -> Outcome:
    return TryLater(f"No connection to Telegram ({error})")


@_outcome.register
def _(error: telegram.TelegramAPIError, private: bool) -> Outcome:
    # What has no class of its own: 5xx, and a 429 without parameters.
    told = re.search(r"retry after (\d+)", error.message, re.IGNORECASE)
    if told is None:
        return Uncertain(f"No clear answer from Telegram ({error.message})")
    return TryLater(f"Telegram asks to wait {told[1]} s", float(told[1]), told=True)


def _refusal(error: telegram.TelegramAPIError, otherwise: Reason, private: bool) -> Outcome:
    """The reason of a 400 or 403, read from its words."""
    words = error.message.lower()
    if "failed to send message #" in words:
        return Uncertain(f"Perhaps only a part of the album was sent ({error.message})")
    if "chat not found" in words:
        return Refused(error.message, Reason.UNREACHABLE if private else Reason.FORBIDDEN)
    reasons = (reason for sign, reason in _REFUSALS if sign in words)
    return Refused(error.message, next(reasons, otherwise))
