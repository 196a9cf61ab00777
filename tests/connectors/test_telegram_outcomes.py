import json

import pytest
from aiogram import Bot
from aiogram import exceptions as telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.methods import GetMe
from aiohttp import (
    ClientConnectorDNSError,
    ClientOSError,
    ClientPayloadError,
    ClientResponseError,
    ConnectionTimeoutError,
    InvalidURL,
    RequestInfo,
    ServerDisconnectedError,
)
from aiohttp.client_reqrep import ConnectionKey
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from connectors.base import Outcome, Reason, Refused, TryLater, Uncertain
from connectors.telegram.outcomes import outcome, reading

SECRET = "123456:AAE-secret"


def answered(code: int, description: str, **parameters: int) -> Exception:
    """What aiogram makes of an error as the real server words it."""
    answer = {"ok": False, "error_code": code, "description": description}
    if parameters:
        answer["parameters"] = parameters
    session = AiohttpSession()
    with pytest.raises(telegram.AiogramError) as raised:
        session.check_response(Bot(SECRET, session=session), GetMe(), code, json.dumps(answer))
    return raised.value


def judged(error: Exception, *, private: bool = True) -> Outcome:
    return outcome(error, private=private, secret=SECRET)


@pytest.mark.parametrize(
    ("code", "description", "private", "reason"),
    [
        (403, "Forbidden: bot was blocked by the user", True, Reason.UNREACHABLE),
        (403, "Forbidden: user is deactivated", True, Reason.UNREACHABLE),
        (403, "Forbidden: bot can't initiate conversation with a user", True, Reason.UNREACHABLE),
        (403, "Forbidden: bot can't send messages to bots", True, Reason.UNREACHABLE),
        (403, "Forbidden: something new", True, Reason.UNREACHABLE),
        (400, "Bad Request: chat not found", True, Reason.UNREACHABLE),
        (400, "Bad Request: PEER_ID_INVALID", True, Reason.UNREACHABLE),
        (400, "Bad Request: chat not found", False, Reason.FORBIDDEN),
        (403, "Forbidden: bot was kicked from the supergroup chat", False, Reason.FORBIDDEN),
        (403, "Forbidden: bot is not a member of the supergroup chat", False, Reason.FORBIDDEN),
        (403, "Forbidden: something new", False, Reason.FORBIDDEN),
        (400, "Bad Request: not enough rights to create a topic", False, Reason.FORBIDDEN),
        (400, "Bad Request: not enough rights to send text messages", False, Reason.FORBIDDEN),
        (400, "Bad Request: have no rights to send a message", False, Reason.FORBIDDEN),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", False, Reason.FORBIDDEN),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", False, Reason.FORBIDDEN),
        (400, "Bad Request: TOPIC_CLOSED", False, Reason.FORBIDDEN),
        (400, "Bad Request: message can't be deleted", False, Reason.FORBIDDEN),
        (400, "Bad Request: message can't be edited", True, Reason.FORBIDDEN),
        (400, "Bad Request: message thread not found", False, Reason.GONE),
        (400, "Bad Request: TOPIC_DELETED", False, Reason.GONE),
        (400, "Bad Request: TOPIC_ID_INVALID", False, Reason.GONE),
        (400, "Bad Request: message to edit not found", True, Reason.GONE),
        (400, "Bad Request: MESSAGE_ID_INVALID", True, Reason.GONE),
        (400, "Bad Request: message text is empty", True, Reason.INVALID),
        (400, "Bad Request: message is too long", True, Reason.INVALID),
        (413, "Request Entity Too Large", True, Reason.INVALID),
    ],
)
def test_refusals(code: int, description: str, private: bool, reason: Reason) -> None:
    result = judged(answered(code, description), private=private)
    assert isinstance(result, Refused)
    assert result.reason is reason
    assert description in result.why


def test_a_group_that_moved_says_where() -> None:
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    result = judged(answered(400, text, migrate_to_chat_id=-1009), private=False)
    assert isinstance(result, Refused)
    assert (result.reason, result.place) == (Reason.MOVED, "-1009")


@pytest.mark.parametrize("parameters", [{"retry_after": 7}, {}])
def test_too_many_requests_says_how_long(parameters: dict[str, int]) -> None:
    result = judged(answered(429, "Too Many Requests: retry after 7", **parameters))
    assert isinstance(result, TryLater)
    assert (result.after, result.told) == (7.0, True)


@pytest.mark.parametrize(("code", "text"), [(401, "Unauthorized"), (404, "Not Found")])
def test_a_rejected_token_can_be_mended(code: int, text: str) -> None:
    result = judged(answered(code, text))
    assert isinstance(result, TryLater)
    assert (result.after, result.told) == (60.0, False)
    assert "rejected the token" in result.why


def test_another_poller_is_named() -> None:
    result = judged(answered(409, "Conflict: terminated by other getUpdates request"))
    assert isinstance(result, TryLater)
    assert "Another program" in result.why


@pytest.mark.parametrize(
    "error",
    [
        answered(500, "Internal Server Error"),
        answered(502, "Bad Gateway"),
        answered(500, "Internal Server Error: restart"),
        answered(418, "I'm a teapot"),
        answered(400, 'Bad Request: Failed to send message #2 with the error message "X"'),
        answered(
            400,
            "Bad Request: Failed to send message #2 with the error message "
            '"Too Many Requests: retry after 8"',
        ),
        TimeoutError(),
        ServerDisconnectedError(),
        ClientOSError(104, "Connection reset by peer"),
        ClientPayloadError("cut"),
        telegram.ClientDecodeError("Failed to decode object", ValueError("x"), "<html>"),
        RuntimeError("a fault of ours"),
    ],
    ids=lambda error: f"{type(error).__name__}-{str(error)[-20:]}",
)
def test_what_leaves_it_open_is_uncertain(error: Exception) -> None:
    assert type(judged(error)) is Uncertain


CONNECTION = ConnectionKey("api.example", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    "error",
    [
        ClientConnectorDNSError(CONNECTION, OSError(-2, "Name or service not known")),
        ConnectionTimeoutError("Connection timeout to host"),
        InvalidURL("http://"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_never_connected_was_never_sent(error: Exception) -> None:
    assert type(judged(error)) is TryLater


def test_the_token_is_cut_out_of_every_explanation() -> None:
    result = judged(InvalidURL(f"http://x/bot{SECRET}/getMe"))
    assert "<token>" in result.why
    assert SECRET not in f"{result!r} {result} {result.why} {result.args}"


def test_an_answer_that_is_no_json_is_not_quoted() -> None:
    error = telegram.ClientDecodeError("x", ValueError("x"), "somebody's words")
    assert "words" not in str(judged(error))


def download_failed(status: int) -> ClientResponseError:
    url = URL(f"http://x/file/bot{SECRET}/a")
    headers: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())
    return ClientResponseError(RequestInfo(url, "GET", headers, url), (), status=status)


def test_a_download_changes_nothing_and_may_be_repeated() -> None:
    for error in (TimeoutError(), download_failed(500), ServerDisconnectedError()):
        result = reading(error, secret=SECRET)
        assert type(result) is TryLater
        assert SECRET not in str(result)


def test_a_download_of_what_is_gone_is_refused() -> None:
    result = reading(download_failed(404), secret=SECRET)
    assert isinstance(result, Refused)
    assert result.reason is Reason.GONE
