"""The Telegram connector at the sandbox: listening, menus, budgets, checks."""

import json
import socket

import pytest

from connectors.base import (
    Address,
    Command,
    Membership,
    Menu,
    Outcome,
    Rate,
    Rates,
    Received,
    TryLater,
    Uncertain,
)
from inbox.sandbox.telegram import Fault
from tests.connectors.forms import meant
from tests.connectors.harness import Ledger, listening
from tests.connectors.telegram_harness import (
    Desk,
    TelegramHarness,
    telegram,
    text_part,
)


async def test_the_first_poll_has_no_offset_and_every_poll_says_what_it_wants(
    ann: TelegramHarness,
) -> None:
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.holds(1)
        await ann.until(lambda: ann.held() == 0)
        ann.write("more")
        await ledger.holds(2)
    polls = [meant(call) for call in ann.sandbox.calls if call.method == "getUpdates"]
    assert "offset" not in polls[0]
    assert polls[1]["offset"] > 1
    wanted = {"message", "edited_message", "callback_query", "my_chat_member"}
    for poll in polls:
        assert {*wanted, "chat_member", "message_reaction"} == set(poll["allowed_updates"])
        assert poll["timeout"] == 50


async def test_a_batch_is_committed_as_a_whole(ann: TelegramHarness) -> None:
    for number in range(5):
        ann.write(str(number))
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.holds(6)
    assert [len(batch) for batch in ledger.offered] == [6]


async def test_updates_told_twice_have_the_same_keys(ann: TelegramHarness) -> None:
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.holds(1)
        await ann.until(lambda: ann.held() == 0)
        ann.sandbox.replay(1)
        first, again = await ledger.holds(2)
    assert first == again


async def test_updates_that_tell_nothing_are_passed(ann: TelegramHarness, desk: Desk) -> None:
    topic = desk.bob.create_topic(desk.group, "By hand")
    desk.bob.rename_topic(desk.group, topic.id, "Renamed")
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ann.until(lambda: ann.held() == 0)
        ann.write("next")
        await ledger.holds(3)
    kinds = [type(event) for event in ledger.events]
    assert kinds == [Received, Membership, Received]


async def test_a_short_poll_does_not_spin(ann: TelegramHarness) -> None:
    connector = telegram(ann.sandbox.base, poll_seconds=0)
    async with listening(connector, Ledger()):
        await ann.until(lambda: sum(c.method == "getUpdates" for c in ann.sandbox.calls) >= 3)
    polls = [call.at for call in ann.sandbox.calls if call.method == "getUpdates"]
    assert polls[2] - polls[1] >= 0.9
    await connector.close()


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.retry_after(3), TryLater),
        (Fault.error(409, "Conflict: terminated by other getUpdates request"), TryLater),
        (Fault.error(401, "Unauthorized"), TryLater),
        (Fault.html(), Uncertain),
        (Fault.reset_before(), Uncertain),
    ],
    ids=lambda value: getattr(value, "name", getattr(value, "__name__", "")),
)
async def test_a_poll_that_fails_ends_the_run(
    ann: TelegramHarness, fault: Fault, outcome: type[Outcome]
) -> None:
    ann.sandbox.fail("getUpdates", fault)
    with pytest.raises(Outcome) as raised:
        await ann.connector.run(Ledger())
    assert type(raised.value) is outcome
    assert ann.held() == 1


async def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        connector = telegram(f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(TryLater, match="No connection") as raised:
            await connector.send(text_part(Address("tg", "5")))
        assert not raised.value.told
        await connector.close()


async def test_a_token_nobody_knows_can_be_mended(ann: TelegramHarness) -> None:
    connector = telegram(ann.sandbox.base, token="999:unknown")
    with pytest.raises(TryLater, match="rejected the token") as raised:
        await connector.run(Ledger())
    assert raised.value.after == 60.0
    await connector.close()


async def test_menus_for_everybody_and_for_the_desk(ann: TelegramHarness, desk: Desk) -> None:
    help_zh = (Command("help", "帮助"),)
    desk_menu = (Command("close", "Close the conversation " + "x" * 300),)
    await ann.connector.publish(
        [Menu(None, "zh", help_zh), Menu(desk.room.id, "", desk_menu), Menu(None, "", ())]
    )
    shown = {
        (json.loads(scope)["type"], language): [command["command"] for command in commands]
        for (scope, language), commands in ann.bot.commands.items()
        if commands
    }
    assert shown == {("all_private_chats", "zh"): ["help"], ("chat", ""): ["close"]}


def test_budgets_are_those_of_the_options() -> None:
    connector = telegram(whole_per_second=25, chat_per_second=2, group_per_minute=18)
    assert connector.scope(Address("tg", "5")) == "tg/dm"
    assert connector.scope(Address("tg", "5/3")) == "tg/dm"
    assert connector.scope(Address("tg", "-1009/44")) == "desk/-1009"
    assert connector.rates("tg/dm") == Rates(whole=(Rate(25, 1.0),), place=(Rate(2, 1.0),))
    assert connector.rates("desk/-1009") == Rates(whole=(Rate(18, 60.0),))


async def problems(harness: TelegramHarness, *rooms: str) -> list[str]:
    findings = await harness.connector.check(rooms)
    return [finding.problem for finding in findings if finding.problem]


async def test_a_bot_with_all_rights_has_no_problems(ann: TelegramHarness, desk: Desk) -> None:
    findings = await ann.connector.check([desk.room.id])
    assert [finding.problem for finding in findings] == [""] * 5
    assert findings[0].what == "token of @acme_support_bot"


async def test_each_missing_right_is_one_sentence(ann: TelegramHarness, desk: Desk) -> None:
    desk.group.add(ann.bot, admin=True, rights={"can_manage_topics"})
    assert await problems(ann, desk.room.id) == [
        'Give @acme_support_bot the right "Delete messages" in the group Agents.'
    ]


async def test_a_plain_member_lacks_all_of_them(ann: TelegramHarness) -> None:
    group = ann.sandbox.group("Plain")
    group.add(ann.bot)
    found = await problems(ann, str(group.id))
    assert [problem.split()[0] for problem in found] == ["Switch", "Make", "Give", "Give"]


async def test_a_group_without_the_bot(ann: TelegramHarness) -> None:
    (problem,) = await problems(ann, "-1001")
    assert problem.startswith("Add @acme_support_bot to the group -1001")


async def test_a_wrong_token_is_the_only_problem(ann: TelegramHarness) -> None:
    connector = telegram(ann.sandbox.base, token="999:unknown")
    (finding,) = await connector.check(["-1001"])
    assert "rejected the token" in finding.problem
    await connector.close()
