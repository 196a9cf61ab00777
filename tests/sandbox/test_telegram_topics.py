"""Forums: topics, General, rights, privacy, members."""

from typing import Any

import pytest

from inbox.sandbox.telegram import Bot, Group, Person, TelegramSandbox
from tests.sandbox.client import Client


async def test_a_topic_begins_with_a_service_message(group: Group, client: Client) -> None:
    icon = (await client.result("getForumTopicIconStickers"))[0]["custom_emoji_id"]
    made = await client.result(
        "createForumTopic",
        chat_id=group.id,
        name="Ann",
        icon_color=16766590,
        icon_custom_emoji_id=icon,
    )
    thread = made["message_thread_id"]
    about = {"name": "Ann", "icon_color": 16766590, "icon_custom_emoji_id": icon}
    assert made == {"message_thread_id": thread, **about}
    topic = group.topics[thread]
    assert (topic.name, topic.icon, topic.closed, topic.messages) == ("Ann", icon, False, [])
    origin = topic.origin
    assert (origin["message_id"], origin["forum_topic_created"]) == (thread, about)
    assert thread > 1


async def test_what_is_written_in_a_topic(
    agent: Person, group: Group, topic: int, client: Client
) -> None:
    sent = await client.result(
        "sendMessage", chat_id=group.id, message_thread_id=topic, text="from Ann"
    )
    said = agent.write(group, "on it", topic=topic)
    for message in (sent, said):
        assert (message["message_thread_id"], message["is_topic_message"]) == (topic, True)
        assert message["reply_to_message"] == group.topics[topic].origin
    answer = agent.write(group, "yes", topic=topic, reply_to=sent)
    assert answer["reply_to_message"]["text"] == "from Ann"
    assert [update["message"]["text"] for update in await client.updates()] == ["on it", "yes"]
    assert [message["text"] for message in group.topics[topic].messages] == [
        "from Ann",
        "on it",
        "yes",
    ]
    assert group.general == []


async def test_a_reply_outside_topics_has_a_thread_that_is_no_topic(
    agent: Person, group: Group
) -> None:
    first = agent.write(group, "question")
    reply = agent.write(group, "answer", reply_to=first)
    assert "message_thread_id" not in first
    assert reply["message_thread_id"] == first["message_id"]
    assert "is_topic_message" not in reply
    assert [message["text"] for message in group.general] == ["question", "answer"]


@pytest.mark.parametrize("thread", [1, 404])
async def test_threads_that_do_not_exist(thread: int, group: Group, client: Client) -> None:
    assert await client.refusal(
        "sendMessage", chat_id=group.id, message_thread_id=thread, text="x"
    ) == ("Bad Request: message thread not found")


async def test_a_deleted_topic_is_gone_without_a_word(
    agent: Person, group: Group, topic: int, client: Client
) -> None:
    place = {"chat_id": group.id, "message_thread_id": topic}
    sent = await client.result("sendMessage", **place, text="x")
    group.delete_topic(topic)
    assert group.topics[topic].deleted
    assert await client.updates() == []
    assert await client.refusal("sendMessage", **place, text="x") == (
        "Bad Request: message thread not found"
    )
    assert await client.refusal("editForumTopic", **place, name="y") == (
        "Bad Request: TOPIC_ID_INVALID"
    )
    assert await client.refusal(
        "editMessageText", chat_id=group.id, message_id=sent["message_id"], text="y"
    ) == ("Bad Request: message to edit not found")
    assert await client.result("sendChatAction", **place, action="typing")
    with pytest.raises(ValueError, match="there is no topic"):
        agent.write(group, "x", topic=topic)


async def test_topics_change(agent: Person, group: Group, topic: int, client: Client) -> None:
    place = {"chat_id": group.id, "message_thread_id": topic}
    assert await client.result("editForumTopic", **place, name="Ann · P1")
    assert await client.refusal("editForumTopic", **place, name="Ann · P1") == (
        "Bad Request: TOPIC_NOT_MODIFIED"
    )
    assert await client.result("closeForumTopic", **place)
    assert await client.refusal("closeForumTopic", **place) == "Bad Request: TOPIC_NOT_MODIFIED"
    assert (group.topics[topic].name, group.topics[topic].closed) == ("Ann · P1", True)
    agent.reopen_topic(group, topic)
    agent.rename_topic(group, topic, "Ann")
    reopened, renamed = [update["message"] for update in await client.updates()]
    assert reopened["forum_topic_reopened"] == {}
    assert renamed["forum_topic_edited"] == {"name": "Ann"}
    assert await client.result("deleteForumTopic", **place)
    assert group.topics[topic].deleted


async def test_closed_topics_need_a_right(
    sandbox: TelegramSandbox, group: Group, topic: int, client: Client
) -> None:
    poster = sandbox.bot("99:poster", username="poster_bot")
    visitor = sandbox.user("Visitor")
    group.add(poster, admin=True, rights=set())
    group.add(visitor)
    other = Client(client.session, client.base, poster.token)
    place: dict[str, Any] = {"chat_id": group.id, "message_thread_id": topic}
    await client.result("closeForumTopic", **place)
    assert await other.refusal("sendMessage", **place, text="x") == "Bad Request: TOPIC_CLOSED"
    assert await other.refusal("reopenForumTopic", **place) == (
        "Bad Request: not enough rights to close or open the topic"
    )
    with pytest.raises(ValueError, match="is closed for Visitor"):
        visitor.write(group, "x", topic=topic)
    group.add(poster, admin=True, rights={"can_manage_topics"})
    assert await other.result("sendMessage", **place, text="x")


TOPICS: list[tuple[dict[str, Any], str]] = [
    ({}, "title must be non-empty"),
    ({"name": "x", "icon_color": 1}, "invalid icon color specified"),
    ({"name": "x", "icon_custom_emoji_id": "1"}, "DOCUMENT_INVALID"),
]


@pytest.mark.parametrize(("params", "reason"), TOPICS)
async def test_wrong_topics_are_refused(
    params: dict[str, Any], reason: str, group: Group, client: Client
) -> None:
    said = await client.refusal("createForumTopic", chat_id=group.id, **params)
    assert said == f"Bad Request: {reason}"


async def test_names_are_cut(group: Group, client: Client) -> None:
    made = await client.result("createForumTopic", chat_id=group.id, name=" é" * 100)
    assert made["name"] == (" é" * 100).strip()[:128]
    assert group.topics[made["message_thread_id"]].name == made["name"]


async def test_topics_need_a_right_and_a_forum(
    sandbox: TelegramSandbox, bot: Bot, group: Group, client: Client
) -> None:
    group.add(bot, admin=True, rights={"can_delete_messages"})
    assert await client.refusal("createForumTopic", chat_id=group.id, name="x") == (
        "Bad Request: not enough rights to create a topic"
    )
    flat = sandbox.group("Flat")
    flat.add(bot, admin=True)
    assert await client.refusal("createForumTopic", chat_id=flat.id, name="x") == (
        "Bad Request: the chat is not a forum"
    )


async def test_an_anonymous_administrator_speaks_as_the_group(
    agent: Person, group: Group, topic: int, client: Client
) -> None:
    agent.write(group, "hidden", topic=topic, anonymous=True)
    message = (await client.updates())[-1]["message"]
    assert (message["from"]["id"], message["from"]["is_bot"]) == (1087968824, True)
    assert message["sender_chat"]["id"] == group.id


async def test_privacy_mode(
    sandbox: TelegramSandbox, agent: Person, bot: Bot, client: Client
) -> None:
    group = sandbox.group("Lounge")
    group.add(agent, owner=True)
    group.add(bot)
    bot.updates.drop()
    mine = await client.result("sendMessage", chat_id=group.id, text="I am a bot")
    heard = ["/help", "/help@acme_support_bot", "well @Acme_Support_Bot?"]
    for text in [*heard, "private talk", "/help@other_bot"]:
        agent.write(group, text)
    agent.write(group, "a reply", reply_to=mine)
    texts = [update["message"]["text"] for update in await client.updates()]
    assert texts == [*heard, "a reply"]
    group.add(bot, admin=True)
    agent.write(group, "private talk")
    assert (await client.updates())[-1]["message"]["text"] == "private talk"


async def test_bots_do_not_hear_bots(
    sandbox: TelegramSandbox, group: Group, client: Client
) -> None:
    poster = sandbox.bot("99:poster", username="poster_bot")
    group.add(poster, admin=True)
    other = Client(client.session, client.base, poster.token)
    await other.result("sendMessage", chat_id=group.id, text="from a bot")
    await other.result("createForumTopic", chat_id=group.id, name="by a bot")
    assert await client.updates() == []
    assert [message["text"] for message in group.general] == ["from a bot"]


async def test_members(
    sandbox: TelegramSandbox, agent: Person, bot: Bot, group: Group, client: Client
) -> None:
    stranger = sandbox.user("Stranger")
    me = await client.result("getChatMember", chat_id=group.id, user_id=bot.id)
    assert (me["status"], me["can_manage_topics"], me["can_pin_messages"]) == (
        "administrator",
        True,
        False,
    )
    assert (await client.result("getChatMember", chat_id=group.id, user_id=stranger.id))[
        "status"
    ] == "left"
    assert await client.refusal("getChatMember", chat_id=group.id, user_id=1) == (
        "Bad Request: user not found"
    )
    admins = await client.result("getChatAdministrators", chat_id=group.id)
    assert [(admin["user"]["id"], admin["status"]) for admin in admins] == [
        (agent.id, "creator"),
        (bot.id, "administrator"),
    ]
    assert await client.result("getChatMemberCount", chat_id=group.id) == 2
    with pytest.raises(ValueError, match="not a right of an administrator: can_fly"):
        group.add(bot, admin=True, rights={"can_fly"})
    with pytest.raises(ValueError, match="Stranger is not in Agents"):
        stranger.write(group, "x")


async def test_leaving(group: Group, bot: Bot, client: Client) -> None:
    assert await client.result("leaveChat", chat_id=group.id)
    (update,) = await client.updates()
    assert update["my_chat_member"]["new_chat_member"]["status"] == "left"
    assert await client.refusal("getChat", chat_id=group.id) == (
        "Forbidden: bot is not a member of the supergroup chat"
    )
    assert not group.member(bot.id).present
