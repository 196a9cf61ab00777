"""Why the server says no: a code and a sentence, as it sends them."""

from typing import Any

Json = dict[str, Any]
"""An object of the Bot API as decoded from JSON."""


class ApiError(Exception):
    """A refusal. ``code`` is both the HTTP status and ``error_code``."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> Json:
        """The body of the answer."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> ApiError:
    """400 with the server's prefix."""
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    """403 with the server's prefix."""
    return ApiError(403, f"Forbidden: {reason}")


def too_many_requests(seconds: int) -> ApiError:
    """429; ``seconds`` is how long to stay silent."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
