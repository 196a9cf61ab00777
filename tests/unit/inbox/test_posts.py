"""What a delivery looks like at its place: rows in, the contract's values out."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Choice, FileKind, Mark, MarkKind, Outbound
from inbox import posts
from inbox.model import Action, Kind, Role, Side, Status
from inbox.store.claims import Claimed
from inbox.store.rows import (
    Agent,
    Attachment,
    Contact,
    Conversation,
    Delivery,
    Message,
    Thread,
)
from tests.unit.inbox.parts import policy

NOW = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
POLICY = policy()


@dataclass
class Scene:
    """A claimed delivery in the making."""

    side: Side = Side.DESK
    action: Action = Action.POST
    context: dict[str, Any] = field(default_factory=lambda: {"card": 1})
    name: str = "Ann"
    status: Status = Status.OPEN
    priority: int = 3
    resend_of: int | None = None

    def of(self, *messages: Message, **more: Any) -> Claimed:
        """The claim of these messages."""
        conversation = Conversation(
            id=1,
            reference="7QK2-MX4C",
            contact_id=1,
            inbox="memory",
            status=self.status,
            priority=self.priority,
            language="en",
            because=["rule funds: word 'deposit'"],
            created_at=NOW,
        )
        thread = Thread(
            id=5,
            conversation_id=1,
            side=self.side,
            account="memory",
            place="room/1",
            context=self.context,
            created_at=NOW,
        )
        delivery = Delivery(
            id=9,
            queue="q",
            lane=0,
            priority=3,
            action=self.action,
            conversation_id=1,
            thread_id=5,
            seq=1,
            resend_of=self.resend_of,
            created_at=NOW,
        )
        return Claimed(
            delivery=delivery,
            thread=thread,
            conversation=conversation,
            contact=Contact(id=1, name=self.name, language="en", created_at=NOW),
            messages=list(messages),
            agents={3: Agent(**AGENT)},
            **more,
        )

    def shows(self, *messages: Message, **more: Any) -> Outbound:
        """What the delivery of these messages becomes."""
        return posts.compose(POLICY, self.of(*messages, **more))


AGENT: dict[str, Any] = {
    "id": 3,
    "name": "Mia",
    "channel": "telegram",
    "external_id": "501",
    "role": Role.AGENT,
    "created_at": NOW,
}


def _message(body: str = "hello", kind: Kind = Kind.INCOMING, **more: Any) -> Message:
    values = {"id": 7, "conversation_id": 1, "seq": 1, "said_at": NOW, "created_at": NOW}
    return Message(body=body, kind=kind, **{**values, **more})


def test_what_a_customer_wrote_stands_as_it_is() -> None:
    message = _message("bold", marks=[["bold", 0, 4, ""]])
    shown = Scene().shows(message)
    assert (shown.text.body, shown.text.marks) == ("bold", (Mark(MarkKind.BOLD, 0, 4),))
    assert (shown.place.id, shown.key) == ("room/1", "9")
    assert shown.protected
    assert not shown.silent


def test_the_first_post_begins_with_the_card() -> None:
    shown = Scene(context={}).shows(_message())
    head, _, rest = shown.text.body.partition("\n")
    assert head == "7QK2-MX4C · Ann"
    assert shown.text.marks == (Mark(MarkKind.BOLD, 0, len(head)),)
    assert "rule funds: word 'deposit'" in rest
    assert rest.endswith("\n\nhello")


@pytest.mark.parametrize("side", [Side.CUSTOMER, Side.DESK])
def test_customers_see_no_card_and_nothing_of_the_desk(side: Side) -> None:
    answer = _message("an answer", Kind.OUTGOING, author_agent_id=3)
    shown = Scene(side=side, context={}).shows(answer)
    if side == Side.CUSTOMER:
        assert shown.text.body == "an answer"
        assert (shown.protected, shown.silent) == (False, False)
    else:
        assert shown.text.body.endswith("📤 Mia:\nan answer")
        assert shown.silent


def test_an_edit_never_carries_the_card() -> None:
    shown = Scene(action=Action.EDIT, context={}).shows(_message("new", revision=1))
    assert shown.text.body == "✏️ The customer changed this message. It now says:\nnew"


def test_what_was_deleted_shows_that_and_no_words() -> None:
    attachment = Attachment(id=1, message_id=7, part=0, kind="photo", name="", type="", source={})
    shown = Scene().shows(_message("secret", deleted_at=NOW), attachments={7: [attachment]})
    assert "secret" not in shown.text.body
    assert shown.text.body.startswith("🗑")
    assert shown.files == ()


@pytest.mark.parametrize(("resend_of", "begins"), [(None, "ℹ️ "), (8, "↻ ℹ️ ")])
def test_what_the_desk_says_has_its_sign(resend_of: int | None, begins: str) -> None:
    shown = Scene(resend_of=resend_of).shows(_message("said", Kind.EVENT))
    assert shown.text.body == f"{begins}said"


def test_a_question_has_buttons_and_makes_a_sound() -> None:
    asked = _message("which?", Kind.EVENT, choices=[["Yes", "y:1"]])
    shown = Scene().shows(asked)
    assert shown.choices == (Choice("Yes", "y:1"),)
    assert not shown.silent


def test_a_run_is_one_text_with_the_marks_of_each() -> None:
    run = [_message("one", id=n, marks=[["code", 0, 3, ""]]) for n in (7, 8)]
    shown = Scene().shows(*run)
    assert shown.text.body == "one\n\none"
    assert [(m.start, m.end) for m in shown.text.marks] == [(0, 3), (5, 8)]


def test_files_are_those_of_the_message() -> None:
    attachment = Attachment(
        id=1,
        message_id=7,
        part=0,
        kind="photo",
        name="n",
        type="t",
        size=5,
        source={"file_id": "F"},
    )
    (file,) = Scene().shows(_message(), attachments={7: [attachment]}).files
    assert (file.kind, file.name, file.type, file.size) == (FileKind.PHOTO, "n", "t", 5)
    assert file.source == {"file_id": "F"}


def test_history_tells_who_said_what_and_when() -> None:
    history = [
        _message("first " * 100, id=1),
        _message("answer", Kind.OUTGOING, id=2, author_agent_id=3),
        _message("note", Kind.NOTE, id=3, author_agent_id=3),
        _message("we have it", Kind.OUTGOING, id=4),
        _message("taken back", id=5, deleted_at=NOW),
        _message("", id=6),
    ]
    body = Scene(context={"remade": True}).shows(_message("now"), history=history).text.body
    lines = body.splitlines()
    at = lines.index("Earlier:")
    past = lines[at + 1 : at + 7]
    assert all(line.startswith("2026-01-05 12:30 ") for line in past)
    said = [line.removeprefix("2026-01-05 12:30 ") for line in past]
    assert len(said[0]) == len("Ann: ") + posts.EXCERPT
    assert said[0].endswith("…")
    assert said[1:] == [
        "📤 Mia: answer",
        "📝 Mia: note",
        "📤 Support: we have it",
        "Ann: The customer deleted this message.",
        "Ann: 📎",
    ]
    assert lines[-1] == "now"


@pytest.mark.parametrize(
    ("status", "priority", "begins"),
    [
        (Status.OPEN, 3, "7QK2"),
        (Status.OPEN, 1, "🔴 7QK2"),
        (Status.RESOLVED, 1, "✅ 7QK2"),
        (Status.PENDING, 2, "7QK2"),
    ],
)
def test_the_title_tells_the_state(status: Status, priority: int, begins: str) -> None:
    claimed = Scene(status=status, priority=priority).of(_message())
    assert posts.title(claimed.conversation, claimed.contact).startswith(begins)


@pytest.mark.parametrize(
    ("name", "shown"), [("A\nB", "A B"), ("\u202eA", "A"), ("  ", "?"), ("", "?")]
)
def test_a_name_stands_on_one_line(name: str, shown: str) -> None:
    claimed = Scene(name=name).of(_message())
    assert posts.title(claimed.conversation, claimed.contact) == f"7QK2-MX4C · {shown}"
