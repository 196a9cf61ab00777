"""What happens in the agents' room: each verb hands the event over, and notes what it means."""

from dataclasses import replace
from enum import Enum

from connectors.base import Address, Author, Edited, Pressed, Received, Text
from tests.properties.customers import files_of
from tests.properties.ledger import Said, Talk
from tests.properties.line import DESK, GROUP, Shown, Topic
from tests.properties.process import AGENTS
from tests.properties.scene import Scene
from tests.properties.tokens import token

NOBODY = Talk("nobody", "nobody")
"""The conversation of words in topics that belong to none."""


class Way(Enum):
    """How words are typed: what they begin with, and whether they stay inside."""

    REPLY = ""
    NOTE = "// "
    NOTE_WIDE = "／／ "
    NOTE_CHINESE = "、、"
    NOTE_HIDDEN = "\u200b/\u200b/ "
    UNKNOWN = "/foo "
    UNKNOWN_WIDE = "／foo "
    BARE = " / "

    @property
    def is_note(self) -> bool:
        return self.name.startswith("NOTE")


class Guise(Enum):
    """Who seems to write: none of these may answer a customer."""

    STRANGER = "not on the roster"
    ANONYMOUS = "as the group"
    BOT = "a bot of that id"
    FORWARDED = "forwarded words"
    VIA = "through a bot"


class Room:
    """The agents' group."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._ledger = scene.ledger

    @property
    def topics(self) -> list[Topic]:
        return [topic for topic in self._scene.platform.topics.values() if topic.there]

    @property
    def said(self) -> list[Said]:
        """What agents typed where they can still change it."""
        there = {topic.id for topic in self.topics}
        typed = (s for s in self._ledger.said.values() if s.agent and s.place in there)
        return [said for said in typed if not said.canned and not said.group]

    @property
    def questions(self) -> list[Shown]:
        """What stands in a topic with buttons below it."""
        there = {topic.id for topic in self.topics}
        return [s for s in self._scene.platform.shown if s.choices and s.place.id in there]

    def type(self, topic: Topic, agent: str, way: Way = Way.REPLY, *, files: int = 0) -> Said:
        """An agent writes in a topic."""
        said, event = self._typed(topic, agent, way.value, files)
        if said.talk is not NOBODY and way is Way.REPLY:
            self._answer(said, files)
        elif said.talk is not NOBODY and way.is_note:
            said.inside |= {"0"}
        self._scene.hand(event)
        return said

    def pretend(self, topic: Topic, guise: Guise) -> Said:
        """Words that may not reach a customer, whoever wrote them."""
        said, event = self._typed(topic, "Mia", "", 0)
        said.agent = guise.name
        author = event.author
        match guise:
            case Guise.STRANGER:
                event = replace(event, author=Author("666", name="Mia"))
            case Guise.ANONYMOUS:
                event = replace(event, author=replace(author, anonymous=True))
            case Guise.BOT:
                event = replace(event, author=replace(author, bot=True))
            case Guise.FORWARDED:
                event, said.inside = replace(event, forwarded=True), {"0"}
            case Guise.VIA:
                event, said.inside = replace(event, via="777"), {"0"}
        self._scene.hand(event)
        return said

    def edit(self, said: Said, way: Way = Way.REPLY, *, stranger: bool = False) -> None:
        """An agent changes what he typed; or a stranger's edit seems to."""
        revision = self._scene.platform.tick() + 1_000
        text = f"{way.value}{token(said.number, revision)}"
        if self._scene.talk_at(said.place) is said.talk and said.talk is not NOBODY:
            self._changed(said, way, revision, stranger=stranger)
        author = Author("666") if stranger else self._author(said.agent)
        self._scene.hand(
            Edited(
                key=self._scene.key(),
                at=self._scene.clock(),
                place=Address(DESK, said.place),
                room=GROUP,
                id=said.id,
                author=author,
                text=Text(text),
            )
        )

    def _changed(self, said: Said, way: Way, revision: int, *, stranger: bool) -> None:
        if stranger or said.agent not in AGENTS or not said.inside:
            return
        if said.public and way is Way.REPLY:
            said.revision = revision
            said.public.add(said.latest)
            said.inside.add(said.latest)
        elif not said.public:
            said.inside.add(str(revision))

    def item(self, topic: Topic, agent: str, group: str, *, inside: bool) -> Said:
        """One item of an agent's album: with ``inside``, its caption is a note."""
        said, event = self._typed(topic, agent, "// " if inside else None, 1)
        said.group = group
        said.inside |= {"0"}
        fellows = [s for s in self._ledger.said.values() if s.group == group and s is not said]
        album = next((s for s in fellows if s.talk is said.talk), None)
        if said.talk is not NOBODY and album is None and not inside:
            self._answer(said, 1)
        elif album in said.talk.outgoing and not inside:
            said.public, said.order = {"f0"}, album.order
        elif album in said.talk.outgoing and not self._has_left(album):
            self._kept_inside(said.talk, group)
        self._scene.hand(replace(event, group=group))
        return said

    def _has_left(self, album: Said) -> bool:
        """Whether a call for the album was begun that was not surely in vain."""
        return bool(
            self._scene.rows.all(
                "select 1 from message_key k join delivery d on d.message_id = k.message_id"
                " where k.account = ? and k.place = ? and k.external_id = ?"
                " and (d.status <> 'pending' or d.parts_done > 0)",
                DESK,
                album.place,
                album.id,
            )
        )

    def _kept_inside(self, talk: Talk, group: str) -> None:
        for said in self._ledger.said.values():
            if said.talk is talk and said.group == group:
                said.withdrawn = self._scene.platform.tick()
        talk.outgoing = [said for said in talk.outgoing if said.group != group]

    # --- commands ---------------------------------------------------------------------

    def close(self, topic: Topic, agent: str, word: str = "/close") -> None:
        said, event = self._typed(topic, agent, f"{word} ", 0)
        if said.talk is not NOBODY:
            self._ledger.close(said.talk, self._scene.clock())
        self._scene.hand(event)

    def reopen(self, topic: Topic, agent: str) -> None:
        said, event = self._typed(topic, agent, "/reopen ", 0)
        if said.talk is not NOBODY:
            self._ledger.reopen(said.talk)
        self._scene.hand(event)

    def undo(self, topic: Topic, agent: str, of: Said | None = None) -> None:
        """The agent takes back his last message, or the one he replies to."""
        said, event = self._typed(topic, agent, "/undo ", 0)
        if of is not None:
            event = replace(event, reply_to=of.id)
        if said.talk is not NOBODY:
            here = of is None or of.place == topic.id
            if here:
                self._ledger.undo(said.talk, agent, of, self._scene.platform.tick())
        self._scene.hand(event)

    def canned(self, topic: Topic, agent: str) -> Said:
        """A canned reply with its value."""
        said, event = self._typed(topic, agent, "/canned dep.no_memo coin=", 0)
        said.canned = True
        if said.talk is not NOBODY:
            self._answer(said, 0)
        self._scene.hand(event)
        return said

    def canned_wrongly(self, topic: Topic, agent: str, what: str) -> None:
        """A canned reply that is unknown, or lacks a value: nothing may leave."""
        _, event = self._typed(topic, agent, f"/canned {what} ", 0)
        self._scene.hand(event)

    def help(self, topic: Topic, agent: str) -> None:
        _, event = self._typed(topic, agent, "/help ", 0)
        self._scene.hand(event)

    # --- buttons and topics -----------------------------------------------------------

    def press(self, question: Shown, verb: str, *, who: str, topic: Topic | None = None) -> None:
        """Somebody presses a button of a question, there or (as it seems) elsewhere."""
        place = Address(DESK, topic.id) if topic else question.place
        choice = next(c.id for c in question.choices if c.id.startswith(f"{verb}:"))
        if who in AGENTS:
            self._decide(int(choice.partition(":")[2]), verb, place.id)
        self._scene.hand(
            Pressed(
                key=self._scene.key(),
                at=self._scene.clock(),
                place=place,
                room=GROUP,
                id=question.id,
                author=self._author(who),
                choice=choice,
                token="",
            )
        )

    def _decide(self, delivery: int, verb: str, topic: str) -> None:
        rows = self._scene.rows
        asked = rows.all(
            "select c.reference from delivery d join conversation c on c.id = d.conversation_id"
            " where d.id = ? and d.status = 'uncertain' and d.why <> 'sent again'",
            delivery,
        )
        if not asked or asked[0][0] != rows.conversation_at(topic):
            return
        if verb == "again":
            texts = rows.all(
                "select m.body || coalesce(group_concat(a.source), '') from delivery d"
                " join message m on m.id = d.message_id"
                " left join attachment a on a.message_id = m.id"
                " where d.id = ? or d.merged_into = ? group by m.id",
                delivery,
                delivery,
            )
            self._ledger.asked_again(row[0] for row in texts)

    def remove(self, topic: Topic) -> None:
        """An admin deletes a topic; bots are not told."""
        topic.there = False

    # --- events -----------------------------------------------------------------------

    def _typed(
        self, topic: Topic, agent: str, begin: str | None, files: int
    ) -> tuple[Said, Received]:
        key = self._scene.key()
        talk = self._scene.talk_at(topic.id) or NOBODY
        number = self._ledger.number()
        body = "" if begin is None else f"{begin}{token(number, 0)}"
        said = self._ledger.note(
            Said(
                number,
                talk,
                place=topic.id,
                id=f"a{self._scene.platform.tick()}",
                body=body,
                agent=agent,
            )
        )
        return said, Received(
            key=key,
            at=self._scene.clock(),
            place=Address(DESK, topic.id),
            room=GROUP,
            id=said.id,
            author=self._author(agent),
            text=Text(body),
            files=files_of(number, files),
        )

    def _answer(self, said: Said, files: int) -> None:
        said.public = {"0", *(f"f{index}" for index in range(files))}
        said.inside = {"0"}
        said.talk.outgoing.append(said)
        if said.talk.resolved_at is not None:
            self._ledger.reopen(said.talk)

    def _author(self, agent: str) -> Author:
        return Author(AGENTS.get(agent, "666"), name=agent)
