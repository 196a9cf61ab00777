"""What begins with a slash, in every way that keyboards write one."""

import pytest

from inbox.desk import COMMANDS
from tests.flows.story import Story, words


@pytest.mark.parametrize(
    "typed",
    [
        "/close",
        "/CLOSE",
        "／close",
        "、关闭",
        "/关闭",
        "/结束",
        " /close ",
        "/close@acme_support_bot",
        "/close because it is done",
    ],
)
async def test_every_way_to_type_a_command(story: Story, typed: str) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, typed)
    assert story.group.topics[topic.id].name.startswith("✅")
    assert len(story.answers(ann)) == 2, "the acknowledgement, and that it is closed"


@pytest.mark.parametrize("typed", ["/nosuch", "、没有", "／nosuch thing", "/close@other_bot", "/"])
async def test_a_command_that_does_not_exist_is_told_and_goes_nowhere(
    story: Story, typed: str
) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, typed)
    word = typed[1:].partition(" ")[0] or "…"
    assert story.phrase("desk.unknown_command", word=word) in story.told(topic)
    await story.say(topic, "reply")
    assert words(story.answers(ann))[1:] == ["reply"]


@pytest.mark.parametrize("typed", ["/help", "/帮助"])
async def test_help_lists_every_command(story: Story, typed: str) -> None:
    _, topic = await story.newcomer()
    await story.say(topic, typed)
    told = story.told(topic)
    for name in COMMANDS:
        assert f"/{name} — {story.phrase(f'command.{name}.help')}" in told


async def test_the_group_shows_the_commands_in_its_menu(story: Story) -> None:
    calls = [c for c in story.sandbox.calls if c.method == "setMyCommands"]
    await story.sandbox.until(
        lambda: len([c for c in story.sandbox.calls if c.method == "setMyCommands"]) >= 2
    )
    calls = [c for c in story.sandbox.calls if c.method == "setMyCommands"]
    assert {call.outcome for call in calls} == {"ok"}
    assert all(str(story.group.id) in str(call.params["scope"]) for call in calls)


async def test_a_canned_reply_is_sent_in_the_customers_language(story: Story) -> None:
    ann, _ = await story.newcomer("hello there", name="Ann")
    zhang, his = await story.newcomer("你好,我的充值怎么样了", name="Zhang")
    (hers,) = [t for t in story.group.topics.values() if t.id != his.id]
    for topic in (hers, his):
        await story.say(topic, "/canned dep.ask_txid")
    assert "TXID, coin" in words(story.answers(ann))[-1]
    assert "请" in words(story.answers(zhang))[-1]


async def test_a_canned_reply_is_shown_in_the_topic(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "/快捷 dep.ask_txid")
    sent = words(story.answers(ann))[-1]
    assert f"Mia:\n{sent}" in story.told(topic)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/canned flow.need_info items=your TXID", "we need: your TXID."),
        ("/canned FLOW.need_info items = a photo of it", "we need: a photo of it."),
        ("/canned flow.need_info items＝交易哈希", "we need: 交易哈希."),
        ("/canned flow.need_info items={{ref}} <b>", "we need: {{ref}} <b>."),
        ("/canned flow.transfer team=funds wait=1 hour", "is now with funds; expect an answer"),
    ],
)
async def test_values_are_filled_in_as_they_are(story: Story, typed: str, says: str) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, typed)
    assert says in words(story.answers(ann))[-1]


@pytest.mark.parametrize(
    ("typed", "key", "values"),
    [
        ("/canned flow.need_info", "desk.canned_missing", ["flow.need_info", "items=…"]),
        ("/canned flow.transfer team=x", "desk.canned_missing", ["flow.transfer", "wait=…"]),
        ("/canned no.such", "desk.canned_unknown", ["no.such"]),
        ("/canned", "desk.canned_unknown", ["flow."]),
    ],
)
async def test_what_cannot_be_sent_is_told_and_nothing_is_sent(
    story: Story, typed: str, key: str, values: list[str]
) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, typed)
    told = story.told(topic)
    assert story.phrase(key, key="§", names="§", known="§").split("§")[0] in told
    for value in values:
        assert value in told
    assert len(story.answers(ann)) == 1


async def test_undo_takes_the_last_message_back(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "stays")
    await story.say(topic, "wrong customer!")
    await story.say(topic, "/undo")
    assert words(story.answers(ann))[1:] == ["stays"]


async def test_undo_twice_takes_two_back(story: Story) -> None:
    ann, topic = await story.newcomer()
    for text in ("one", "two", "three", "/undo", "/撤回"):
        await story.say(topic, text)
    assert words(story.answers(ann))[1:] == ["one"]


async def test_undo_of_the_message_that_is_replied_to(story: Story) -> None:
    ann, topic = await story.newcomer()
    wrong = await story.say(topic, "wrong")
    await story.say(topic, "right")
    await story.say(topic, "/undo", reply_to=wrong)
    assert words(story.answers(ann))[1:] == ["right"]


async def test_undo_of_an_album_takes_all_of_it_back(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.agent.album(story.group, count=3, topic=topic.id)
    await story.quiet()
    assert len(story.answers(ann)) == 4
    await story.say(topic, "/undo")
    assert len(story.answers(ann)) == 1


async def test_undo_of_what_has_not_left_yet(story: Story) -> None:
    """An album waits for its items: there is time to take it back."""
    ann, topic = await story.newcomer()
    story.agent.album(story.group, count=2, topic=topic.id)
    await story.say(topic, "/undo")
    await story.say(topic, "something else")
    assert words(story.answers(ann))[1:] == ["something else"]
    calls = [c.method for c in story.sandbox.calls]
    assert "sendMediaGroup" not in calls
    assert "deleteMessages" not in calls


async def test_undo_of_a_canned_reply(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "/canned dep.ask_txid")
    await story.say(topic, "/undo")
    assert len(story.answers(ann)) == 1


@pytest.mark.parametrize("what", ["nothing", "a colleague's", "the customer's", "twice"])
async def test_undo_of_what_is_not_yours(story: Story, what: str) -> None:
    ann, topic = await story.newcomer()
    if what == "a colleague's":
        story.stage.lead.write(story.group, "I am Lea", topic=topic.id)
        await story.quiet()
        await story.say(topic, "/undo")
    elif what == "the customer's":
        await story.say(topic, "/undo", reply_to=story.posts(topic)[0])
    elif what == "twice":
        said = await story.say(topic, "gone")
        await story.say(topic, "/undo", reply_to=said)
        await story.say(topic, "/undo", reply_to=said)
    else:
        await story.say(topic, "/undo")
    assert story.phrase("desk.nothing_to_undo") in story.told(topic)
    assert words(story.answers(ann))[1:] == (["I am Lea"] if what == "a colleague's" else [])
