"""The parameters of a call as they were meant: a form's values are texts or JSON."""

import json
from typing import Any

from inbox.sandbox.telegram import Call


def meant(call: Call) -> dict[str, Any]:
    return {name: _meant(value) for name, value in call.params.items()}


def _meant(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in '[{tf-0123456789"':
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
