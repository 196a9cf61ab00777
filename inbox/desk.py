"""What agents type in their room, read and done.

An agent's words reach a customer only when everything is in order: the room is
the configured one, the writer is an active agent under his own name, the words
are his own (not forwarded, not through another bot), and they do not begin like
a command. Everything else stays inside, and says so.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from connectors.base import Edited, Pressed, Received
from inbox import audit, conversations, deliveries, messages, traces
from inbox.model import Kind
from inbox.policy import Policy
from inbox.store.rows import Agent, Conversation, Message, Seen
from inbox.store.world import World
from inbox.texts import cut
from routing import typed
from routing.canned import UnknownReply
from routing.template import MissingValue

Run = Callable[["Typed", str], None]

NAMES: Mapping[str, str] = {
    "close": "close",
    "关闭": "close",
    "结束": "close",
    "reopen": "reopen",
    "重开": "reopen",
    "canned": "canned",
    "快捷": "canned",
    "undo": "undo",
    "撤回": "undo",
    "help": "help",
    "帮助": "help",
}
"""What agents may type after the slash, and the command it means."""

COMMANDS = ("canned", "close", "reopen", "undo", "help")
"""In the order in which a menu shows them."""


@dataclass(slots=True)
class Typed:
    """What an agent typed in the topic of a conversation."""

    world: World
    policy: Policy
    agent: Agent
    conversation: Conversation
    event: Received
    message: Message | None = None

    def tell(self, phrase: str, /, **values: str) -> None:
        """Answer the agent in the topic, below what he typed."""
        about = self.message.id if self.message else None
        deliveries.tell(
            self.world, self.policy, self.conversation, phrase, about=about, values=values
        )


def hear(world: World, policy: Policy, event: Received) -> None:
    """Something was written in the agents' room."""
    thread = world.desk_thread((event.place.account, event.place.id))
    if thread is None:
        return  # the General topic, or one that belongs to no conversation
    conversation = world.conversations[thread.conversation_id]
    agent = _agent(world, policy, conversation, event)
    if agent is None:
        return
    it = Typed(world, policy, agent, conversation, event)
    known = world.message_at((event.place.account, event.place.id, event.id))
    if known is not None:
        _edited(it, known)
    elif event.group is not None and (album := world.album(thread, event.group)) is not None:
        _album_item(it, album)
    else:
        _new(it)


def press(world: World, policy: Policy, event: Pressed) -> None:
    """An agent pressed one of our buttons. Twice is once."""
    thread = world.desk_thread((event.place.account, event.place.id))
    agent = world.agents.get((policy.channels[event.place.account], event.author.id))
    verb, _, number = event.choice.partition(":")
    if thread is None or agent is None or not agent.active or not number.isdecimal():
        return
    conversation = world.conversations[thread.conversation_id]
    group = world.delivery_group(int(number))
    if not group or group[0].conversation_id != conversation.id:
        return  # a button answers only for the conversation it stands in
    question = world.message_at((event.place.account, event.place.id, event.id))
    if verb == "again" and deliveries.resend(world, policy, group, agent=agent):
        _answered(world, policy, question, "desk.uncertain_was_sent_again", agent)
    elif verb == "arrived" and deliveries.arrived(world, group, agent=agent):
        _answered(world, policy, question, "desk.uncertain_was_confirmed", agent)


def _answered(
    world: World, policy: Policy, question: Message | None, key: str, agent: Agent
) -> None:
    if question is not None:
        text = policy.phrases.say(policy.desk_language, key, agent=agent.name)
        deliveries.settle_question(world, policy, question, text)


def _agent(
    world: World, policy: Policy, conversation: Conversation, event: Received
) -> Agent | None:
    """Who writes, if he may; else say why not, once for each writer."""
    channel, author = policy.channels[event.place.account], event.author
    agent = world.agents.get((channel, author.id))
    if agent is not None and agent.active and not author.anonymous and not author.bot:
        return agent
    warned = (event.place.account, traces.stranger(author.id))
    ids = {"author": _number(author.id)}
    audit.note(world, conversation, "desk.stranger", ids=ids)
    if warned not in world.seen and not author.bot:
        world.seen.add(warned)
        world.add(Seen(account=warned[0], key=warned[1], at=world.now))
        key = "desk.anonymous" if author.anonymous else "desk.stranger"
        deliveries.tell(world, policy, conversation, key, values={"id": author.id})
    return None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _new(it: Typed) -> None:
    event, world = it.event, it.world
    if event.forwarded or event.via is not None:
        it.message = conversations.note(
            world, it.conversation, agent=it.agent, event=event, text=event.text
        )
        it.tell("desk.note_kept")
        return
    match typed.read(event.text.body, NAMES):
        case typed.Note(start):
            text = cut(event.text, start)
            conversations.note(world, it.conversation, agent=it.agent, event=event, text=text)
        case typed.Command(name, rest):
            it.message = conversations.record(world, it.conversation, agent=it.agent, event=event)
            _RUN[name](it, rest)
        case typed.Unknown(word):
            it.message = conversations.record(world, it.conversation, agent=it.agent, event=event)
            it.tell("desk.unknown_command", word=word[:40] or "…")
        case _:
            if event.files or event.text.body.strip():
                conversations.reply(
                    world, it.policy, it.conversation, agent=it.agent, event=event, text=event.text
                )


def _album_item(it: Typed, album: Message) -> None:
    """A further item of an album belongs to the first, whatever that became.

    The caption may come with any item: one that begins like a note or a
    command keeps the whole album inside.
    """
    stays = not _is_reply(it) or it.event.forwarded or it.event.via is not None
    if stays and album.kind == Kind.OUTGOING and not messages.has_left(it.world, album):
        messages.keep_inside(it.world, album, Kind.NOTE)
    if messages.join_album(it.world, it.policy, album, it.event):
        return
    event = replace(it.event, group=None)
    it.message = conversations.note(
        it.world, it.conversation, agent=it.agent, event=event, text=event.text
    )
    it.tell("desk.album_late")


def _is_reply(it: Typed) -> bool:
    read = typed.read(it.event.text.body, NAMES)
    return isinstance(read, typed.Reply | typed.Empty)


def _edited(it: Typed, message: Message) -> None:
    """An agent changed what he typed. What stayed inside stays inside."""
    it.message = message
    if not isinstance(it.event, Edited) or message.author_agent_id != it.agent.id:
        return
    if message.kind == Kind.OUTGOING and not _is_reply(it):
        it.tell("desk.edit_refused")
        return
    conversations.agent_edited(it.world, it.policy, message, text=it.event.text, at=it.event.at)


# --- commands -----------------------------------------------------------------------


def _close(it: Typed, _rest: str) -> None:
    if not conversations.close(it.world, it.policy, it.conversation, agent=it.agent):
        it.tell("desk.already_closed")


def _reopen(it: Typed, _rest: str) -> None:
    actor = f"agent:{it.agent.id}"
    if not conversations.reopen(it.world, it.policy, it.conversation, actor=actor):
        it.tell("desk.not_reopened")


_VALUE = re.compile(r"(?:^|\s)(\w+)\s*[=＝]\s*")


def _canned(it: Typed, rest: str) -> None:
    key, given = [*rest.split(maxsplit=1), "", ""][:2]
    pieces = _VALUE.split(given)
    values = {n: v.strip() for n, v in zip(pieces[1::2], pieces[2::2], strict=True)}
    try:
        conversations.say_canned(
            it.world, it.policy, it.conversation, agent=it.agent, key=key, values=values
        )
    except UnknownReply:  # none of that key, or none in the customer's language
        it.tell("desk.canned_unknown", key=key[:40] or "…", known=_known_keys(it, key))
    except MissingValue as missing:
        names = " ".join(f"{name}=…" for name in missing.names)
        it.tell("desk.canned_missing", key=key, names=names)


def _known_keys(it: Typed, wanted: str) -> str:
    found = it.policy.book.search(wanted or "flow", limit=12)
    return ", ".join(reply.key for reply in found) or "—"


def _undo(it: Typed, _rest: str) -> None:
    event, message = it.event, None
    if event.reply_to is not None:
        message = it.world.message_at((event.place.account, event.place.id, event.reply_to))
        if message is not None and (
            message.kind != Kind.OUTGOING or message.author_agent_id != it.agent.id
        ):
            message = None
    else:
        message = it.world.last_outgoing(it.conversation, it.agent.id)
    if message is None or not conversations.undo(it.world, it.policy, message):
        it.tell("desk.nothing_to_undo")


def _help(it: Typed, _rest: str) -> None:
    say, language = it.policy.phrases.say, it.policy.desk_language
    lines = (f"/{name} — {say(language, f'command.{name}.help')}" for name in COMMANDS)
    it.tell("desk.help", commands="\n".join(lines))


_RUN: Mapping[str, Run] = {
    "close": _close,
    "reopen": _reopen,
    "canned": _canned,
    "undo": _undo,
    "help": _help,
}
