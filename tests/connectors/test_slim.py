"""The postponed import of aiogram is cheaper, and its types behave as the plain ones."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import connectors

Transcript = tuple[list[Any], float, int]

TRANSCRIPT = """
import json, psutil, sys, time
began = time.process_time()
if {slim}:
    from connectors.telegram import slim
    slim.postpone()
import aiogram
cost = time.process_time() - began
memory = psutil.Process().memory_info().rss

from aiogram import Bot, methods, types
from aiogram.client.session.aiohttp import AiohttpSession
from pydantic import BaseModel

CHAT = {{"id": -1009, "type": "supergroup", "title": "T", "is_forum": True}}
ANN = {{"id": 5, "is_bot": False, "first_name": "Ann"}}
MESSAGE = {{"message_id": 7, "date": 1790000000, "chat": CHAT, "from": ANN, "text": "hi",
    "entities": [{{"type": "bold", "offset": 0, "length": 2}}],
    "forward_origin": {{"type": "user", "date": 1, "sender_user": ANN}},
    "reply_to_message": {{"message_id": 6, "date": 1, "chat": CHAT, "photo": []}}}}
said = []

def say(make):
    try:
        value = make()
    except Exception as error:
        said.append([type(error).__name__, str(error)])
    else:
        said.append([type(value).__name__, repr(value)])

def answer(method, status, **content):
    session = AiohttpSession()
    bot = Bot("1:x", session=session)
    return session.check_response(bot, method, status, json.dumps(content)).result

say(lambda: types.Update.model_validate({{"update_id": 1, "message": MESSAGE}}))
say(lambda: types.Update.model_validate({{"update_id": 1, "message": {{"date": "x"}}}}))
say(lambda: types.Update.model_validate({{"update_id": 1, "moon": 1}}).event_type)
say(lambda: types.Message.model_validate({{**MESSAGE, "forward_origin": {{"type": "new"}}}}))
say(lambda: methods.SendMessage(chat_id=1, text="x").model_dump())
say(lambda: methods.SendMessage(chat_id=1))
say(lambda: methods.SendMediaGroup(chat_id=1, media=[types.InputMediaPhoto(media="a")]))
say(lambda: types.InlineKeyboardMarkup(inline_keyboard=[[types.InlineKeyboardButton(text="a")]]))
say(lambda: answer(methods.SendMessage(chat_id=1, text="x"), 200, ok=True, result=MESSAGE))
say(lambda: answer(methods.GetMe(), 200, ok=True, result={{**ANN, "is_bot": True}}))
for parameters in ({{"retry_after": 3}}, {{"migrate_to_chat_id": -1}}, {{}}):
    say(lambda: answer(methods.GetMe(), 400, ok=False, description="x", parameters=parameters))
say(lambda: answer(methods.GetChatMember(chat_id=1, user_id=2), 200, ok=True,
    result={{"status": "left", "user": ANN}}))
class Own(methods.TelegramMethod[types.Message]):
    __returning__ = types.Message
    __api_method__ = "own"
    message: types.Message
say(lambda: Own(message=types.Message.model_validate(MESSAGE)))
models = [one for name in types.__all__ if isinstance(one := getattr(types, name), type)
    and issubclass(one, BaseModel)]
said.append([f"{{one.__name__}}: {{list(one.model_fields)}}" for one in models])
print(json.dumps([said, cost, memory]))
"""


def transcript(*, slim: bool) -> Transcript:
    """What the types said, the CPU seconds of the import, and the memory after it."""
    shown = subprocess.run(
        [sys.executable, "-c", TRANSCRIPT.format(slim=slim)],
        capture_output=True,
        check=True,
        cwd=Path(connectors.__file__).parents[1],
        text=True,
    )
    said, cost, memory = json.loads(shown.stdout)
    return said, cost, memory


@pytest.fixture(scope="module")
def plain() -> Transcript:
    return transcript(slim=False)


@pytest.fixture(scope="module")
def postponed() -> Transcript:
    return transcript(slim=True)


def test_types_behave_the_same(plain: Transcript, postponed: Transcript) -> None:
    assert len(postponed[0]) == 16
    for ours, theirs in zip(postponed[0], plain[0], strict=True):
        assert ours == theirs


def test_the_import_is_cheaper(plain: Transcript, postponed: Transcript) -> None:
    assert postponed[1] < plain[1] * 0.7
    assert postponed[2] < plain[2] * 0.6


WHO_REBUILDS = """
import sys
from pydantic import BaseModel

class Spy:
    def find_spec(self, name, *rest):
        if name == "aiogram":
            print(BaseModel.model_rebuild.__func__.__module__)
            sys.exit()

sys.meta_path.insert(0, Spy())
import connectors
telegram = connectors.load("telegram")
telegram.create("tg", telegram.Options(token="1:x"{options}))
"""


@pytest.mark.parametrize(
    ("options", "environment", "who"),
    [
        ("", "1", "connectors.telegram.slim"),
        ("", "0", "pydantic.main"),
        (", slim_import=False", "1", "pydantic.main"),
    ],
)
def test_it_can_be_switched_off(options: str, environment: str, who: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", WHO_REBUILDS.format(options=options)],
        capture_output=True,
        check=True,
        cwd=Path(connectors.__file__).parents[1],
        env={**os.environ, "INBOX_SLIM_IMPORT": environment},
        text=True,
    )
    assert shown.stdout.strip() == who
