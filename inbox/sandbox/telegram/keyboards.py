"""Reply markup: what may hang below a message."""

from typing import Any

from inbox.sandbox.telegram.arguments import Arguments
from inbox.sandbox.telegram.errors import ApiError, Json, bad_request
from inbox.sandbox.telegram.text import wrong_url
from inbox.sandbox.telegram.words import words

LONGEST_DATA = 64
MOST_BUTTONS = 100

_OTHERS = frozenset({"keyboard", "remove_keyboard", "force_reply"})
_ACTIONS = words(
    "url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat "
    "switch_inline_query_chosen_chat copy_text callback_game pay"
)


def read_markup(args: Arguments) -> Json | None:
    """The inline keyboard of a message, or None: other markups are not part of a message.

    Raises 400 for what the server would not show (Bot API, "InlineKeyboardButton").
    """
    markup = args.json("reply_markup")
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if _OTHERS & markup.keys():
        return None
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" must be of type Array')
    buttons = [button for row in rows for button in row]
    if len(buttons) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    for button in buttons:
        _check(button)
    return {"inline_keyboard": [row for row in rows if row]} if buttons else None


def has_button(message: Json, data: str) -> bool:
    """Whether the message shows a button with this callback data."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return any(button.get("callback_data") == data for row in rows for button in row)


def _check(button: Any) -> None:
    if not isinstance(button, dict) or "text" not in button:
        raise _unreadable('Can\'t find field "text"')
    actions = _ACTIONS & button.keys()
    data = button.get("callback_data")
    if not actions or data == "":
        raise _unreadable("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _unreadable("more than one action is specified")
    if data is not None and len(str(data).encode()) > LONGEST_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and (reason := wrong_url(str(url))):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {reason}")


def _unreadable(reason: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {reason}")
