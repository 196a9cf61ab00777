"""What a delivery looks like at its place: pure, from rows to the contract's values."""

from connectors.base import Address, File, FileKind, Mark, MarkKind, Outbound, Text
from inbox.model import Action, Kind, Side, Status
from inbox.policy import Policy
from inbox.store.claims import Claimed
from inbox.store.rows import Attachment, Contact, Conversation, Message
from inbox.texts import choices_of, joined, text_of
from routing.invisible import seen
from routing.words import Priority

EXCERPT = 300
"""So much of each earlier message a remade topic shows, in characters."""


def compose(policy: Policy, claimed: Claimed) -> Outbound:
    """The message that a claimed post (or an edit shown as a post) becomes."""
    desk = claimed.thread.side == Side.DESK
    first = claimed.messages[0]
    texts = [
        _at_desk(policy, claimed, m) if desk else text_of(m.body, m.marks) for m in claimed.messages
    ]
    if needs_card(claimed):
        texts.insert(0, card(policy, claimed))
    shows_files = claimed.delivery.action == Action.POST and first.deleted_at is None
    return Outbound(
        key=str(claimed.delivery.id),
        place=place_of(claimed),
        text=joined([t for t in texts if t.body], "\n\n" if len(texts) > 1 else ""),
        files=tuple(_file(a) for a in claimed.attachments.get(first.id, ())) if shows_files else (),
        choices=choices_of(first.choices),
        reply_to=claimed.reply_to,
        silent=desk and first.kind != Kind.INCOMING and not first.choices,
        protected=desk,
    )


def place_of(claimed: Claimed) -> Address:
    """Where the delivery's thread is visible."""
    return Address(claimed.thread.account, claimed.thread.place or "")


def needs_card(claimed: Claimed) -> bool:
    """Whether this is the first post of its topic, which says whose it is."""
    desk = claimed.thread.side == Side.DESK and claimed.delivery.action == Action.POST
    return desk and "card" not in claimed.thread.context


def title(conversation: Conversation, contact: Contact) -> str:
    """The title of a topic: state, reference, name."""
    done = "✅ " if conversation.status == Status.RESOLVED else ""
    urgent = "🔴 " if conversation.priority == Priority.URGENT and not done else ""
    return f"{done}{urgent}{conversation.reference} · {named(contact)}"


def named(contact: Contact) -> str:
    """A name chosen by its bearer, on one line and without invisible characters."""
    return " ".join(seen(contact.name).split()) or "?"


def card(policy: Policy, claimed: Claimed) -> Text:
    """Who it is, where from, why it is here, and what was said before."""
    conversation = claimed.conversation
    say, language = policy.phrases.say, policy.desk_language
    heading = say(
        language,
        "desk.card",
        ref=conversation.reference,
        name=named(claimed.contact),
        channel=policy.channels.get(conversation.inbox, conversation.inbox),
        language=conversation.language or "?",
        priority=f"P{conversation.priority}",
        team=conversation.team or "—",
        because="; ".join(conversation.because) or "—",
    )
    parts = [Text(heading, (Mark(MarkKind.BOLD, 0, len(heading.partition("\n")[0])),))]
    if claimed.history:
        parts.append(Text(say(language, "desk.history")))
        parts += [_past(policy, claimed, message) for message in claimed.history]
    return joined(parts, "\n")


def _past(policy: Policy, claimed: Claimed, message: Message) -> Text:
    who = _who(policy, claimed, message)
    body = message.body if len(message.body) <= EXCERPT else message.body[: EXCERPT - 1] + "…"
    if message.deleted_at is not None:
        body = policy.phrases.say(policy.desk_language, "desk.deleted")
    return Text(f"{message.said_at:%Y-%m-%d %H:%M} {who}: {body or '📎'}")


def _who(policy: Policy, claimed: Claimed, message: Message) -> str:
    if message.kind == Kind.INCOMING:
        return named(claimed.contact)
    agent = claimed.agents.get(message.author_agent_id or 0)
    name = agent.name if agent is not None else policy.brand
    return f"📝 {name}" if message.kind == Kind.NOTE else f"📤 {name}"


def _at_desk(policy: Policy, claimed: Claimed, message: Message) -> Text:
    text = text_of(message.body, message.marks)
    say, language = policy.phrases.say, policy.desk_language
    if message.kind == Kind.EVENT:
        again = "↻ " if claimed.delivery.resend_of is not None else ""
        return joined([Text(f"{again}ℹ️ "), text])
    if message.deleted_at is not None:
        return Text(f"🗑 {say(language, 'desk.deleted')}")
    if claimed.delivery.action == Action.EDIT:
        return joined([Text(f"✏️ {say(language, 'desk.edited')}\n"), text])
    if message.kind == Kind.OUTGOING:
        return joined([Text(f"{_who(policy, claimed, message)}:\n"), text])
    return text


def _file(attachment: Attachment) -> File:
    return File(
        kind=FileKind(attachment.kind),
        source=attachment.source,
        name=attachment.name,
        type=attachment.type,
        size=attachment.size,
    )


def is_taken_back(claimed: Claimed) -> bool:
    """Whether a post to the customer is of words that its author has withdrawn."""
    to_customer = claimed.thread.side == Side.CUSTOMER and claimed.delivery.action == Action.POST
    return to_customer and claimed.messages[0].deleted_at is not None


def is_ours(message: Message) -> bool:
    """Whether what stands at the place was written by us, so that we can change it there."""
    return message.kind != Kind.INCOMING
