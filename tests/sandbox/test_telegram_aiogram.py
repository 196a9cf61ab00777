"""The same server through the real library: its types must accept everything."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot as RealBot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyParameters,
)

from inbox.sandbox.telegram import Bot, Fault, Group, Person, TelegramSandbox

EVERYTHING = [
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
]


@pytest.fixture
async def real(sandbox: TelegramSandbox, bot: Bot) -> AsyncIterator[RealBot]:
    server = TelegramAPIServer.from_base(sandbox.base)
    async with RealBot(bot.token, session=AiohttpSession(api=server, timeout=1)).context() as real:
        yield real


async def test_every_update_parses(
    real: RealBot, sandbox: TelegramSandbox, ann: Person, agent: Person, bot: Bot
) -> None:
    await real.get_updates(allowed_updates=EVERYTHING)
    group = sandbox.group("Agents", forum=True)
    group.add(agent, owner=True)
    group.add(bot, admin=True)
    newcomer = sandbox.user("Newcomer")
    group.add(newcomer)
    group.remove(newcomer)
    topic = agent.create_topic(group, "by hand")
    said = agent.write(group, "in the topic", topic=topic.id)
    agent.react(agent.edit(said, "in the topic!"), "👍")
    agent.write(group, "hidden", anonymous=True)
    agent.close_topic(group, topic.id)
    for verb in (ann.photo, ann.document, ann.voice, ann.video, ann.audio, ann.sticker):
        verb(bot)
    for verb in (ann.animation, ann.video_note, ann.contact):
        verb(bot)
    ann.location(bot, 22.3, 114.2)
    ann.album(bot)
    ann.forward(bot, ann.write(bot, "x"))
    ann.write(bot, "x", via=bot)
    ann.block(bot)
    updates = await real.get_updates(allowed_updates=EVERYTHING)
    assert {update.event_type for update in updates} == set(EVERYTHING) - {"callback_query"}
    assert updates[0].message is not None
    assert updates[0].message.text == "hello"


async def test_every_send_parses(real: RealBot, ann: Person, group: Group, bot: Bot) -> None:
    topic = await real.create_forum_topic(group.id, "Ann")
    thread = topic.message_thread_id
    bold = [MessageEntity(type="bold", offset=0, length=2)]
    text = await real.send_message(group.id, "😀x", message_thread_id=thread, entities=bold)
    assert [entity.model_dump(exclude_none=True) for entity in text.entities or []] == [
        {"type": "bold", "offset": 0, "length": 2}
    ]
    assert text.is_topic_message
    reply = ReplyParameters(message_id=text.message_id)
    answer = await real.send_message(ann.id, "a", reply_parameters=None)
    assert answer.chat.type == "private"
    quoted = await real.send_message(group.id, "b", reply_parameters=reply)
    assert quoted.reply_to_message is not None
    assert quoted.reply_to_message.text == "😀x"
    photo = await real.send_photo(ann.id, BufferedInputFile(b"png", "a.png"), caption="c")
    assert photo.photo
    file_id = photo.photo[-1].file_id
    assert (await real.download(file_id)).read() == b"png"  # type: ignore[union-attr]
    album = [InputMediaPhoto(media=file_id), InputMediaPhoto(media=BufferedInputFile(b"2", "2"))]
    assert len(await real.send_media_group(group.id, album, message_thread_id=thread)) == 2  # type: ignore[arg-type]
    copied = await real.copy_message(group.id, ann.id, photo.message_id, message_thread_id=thread)
    assert copied.message_id == group.topics[thread].messages[-1]["message_id"]
    edited = await real.edit_message_text("y", chat_id=ann.id, message_id=answer.message_id)
    assert ann.chat(bot).messages[1]["text"] == "y"
    assert not isinstance(edited, bool)


async def test_questions_parse(real: RealBot, ann: Person, group: Group, bot: Bot) -> None:
    assert (await real.me()).username == "acme_support_bot"
    assert (await real.get_chat(group.id)).is_forum
    assert (await real.get_chat(ann.id)).first_name == "Ann <3"
    assert (await real.get_chat_member(group.id, bot.id)).status == "administrator"
    assert len(await real.get_chat_administrators(group.id)) == 2
    assert await real.set_my_commands([BotCommand(command="help", description="Help")])
    assert (await real.get_my_commands())[0].command == "help"
    assert len(await real.get_forum_topic_icon_stickers()) > 20
    assert (await real.get_webhook_info()).url == ""
    hello = ann.chat(bot).messages[0]["message_id"]
    assert await real.set_message_reaction(ann.id, hello, [ReactionTypeEmoji(emoji="👀")])


async def test_buttons_go_round(real: RealBot, ann: Person, sandbox: TelegramSandbox) -> None:
    rows = [[InlineKeyboardButton(text="Yes", callback_data="y:1")]]
    sent = await real.send_message(
        ann.id, "?", reply_markup=InlineKeyboardMarkup(inline_keyboard=rows)
    )
    query_id = ann.press(sent.model_dump(mode="json", exclude_none=True), "y:1")
    query = (await real.get_updates(offset=-1))[0].callback_query
    assert query is not None
    assert (query.id, query.data) == (query_id, "y:1")
    assert await real.answer_callback_query(query.id, text="ok")
    assert sandbox.answers[query_id] == "ok"


async def test_refusals_become_the_librarys_errors(
    real: RealBot, ann: Person, bot: Bot, sandbox: TelegramSandbox
) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await real.send_message(404, "x")
    sandbox.fail("sendMessage", Fault.retry_after(7))
    with pytest.raises(TelegramRetryAfter) as refused:
        await real.send_message(ann.id, "x")
    assert refused.value.retry_after == 7
    old = sandbox.group("Agents", basic=True)
    old.add(bot)
    new = old.migrate()
    with pytest.raises(TelegramMigrateToChat) as moved:
        await real.send_message(old.id, "x")
    assert moved.value.migrate_to_chat_id == new.id
    ann.block(bot)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await real.send_message(ann.id, "x")


async def test_broken_connections_become_the_librarys_errors(
    real: RealBot, ann: Person, bot: Bot, sandbox: TelegramSandbox
) -> None:
    sandbox.fail("sendMessage", Fault.reset_after())
    sandbox.fail("sendMessage", Fault.html())
    sandbox.fail("sendMessage", Fault.hang_after())
    with pytest.raises(TelegramNetworkError):
        await real.send_message(ann.id, "1")
    with pytest.raises(ClientDecodeError):
        await real.send_message(ann.id, "2")
    with pytest.raises(TelegramNetworkError):
        await real.send_message(ann.id, "3", request_timeout=1)
    assert [message["text"] for message in ann.chat(bot).messages] == ["hello", "1", "3"]


async def test_one_poisoned_update_breaks_the_typed_call(
    real: RealBot, ann: Person, bot: Bot, sandbox: TelegramSandbox
) -> None:
    origin = {"type": "teleport", "date": 1}
    message = {**ann.chat(bot).messages[0], "forward_origin": origin}
    sandbox.poison(bot, {"message": message})
    with pytest.raises(ClientDecodeError):
        await real.get_updates()
