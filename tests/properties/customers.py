"""What customers do: each verb hands the event over, and notes in the model what it means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.base import (
    Address,
    Author,
    Deleted,
    Edited,
    File,
    FileKind,
    Left,
    Received,
    Returned,
    Text,
    Unreadable,
)
from tests.properties.ledger import Said
from tests.properties.scene import Scene
from tests.properties.tokens import token


@dataclass(frozen=True, slots=True)
class Grave:
    """A message whose deletion came before itself."""

    account: str
    customer: str
    id: str


def files_of(number: int, count: int) -> tuple[File, ...]:
    return tuple(File(FileKind.PHOTO, {"is": token(number, f"f{index}")}) for index in range(count))


class Customers:
    """All of them."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._ledger = scene.ledger
        self.graves: list[Grave] = []

    @property
    def said(self) -> list[Said]:
        """What can be edited or deleted: of an album's items neither is modelled."""
        mine = (said for said in self._ledger.said.values() if not said.agent)
        return [said for said in mine if not said.group and said.talk.account != "nobody"]

    def write(self, account: str, customer: str, *, files: int = 0, word: str = "") -> Said:
        said, event = self._say(account, customer, files=files, word=word)
        self._scene.hand(event)
        return said

    def write_at_once(self, who: Sequence[tuple[str, str]]) -> list[Said]:
        """Several messages that are taken in one batch."""
        both = [self._say(account, customer) for account, customer in who]
        self._scene.hand(*(event for _, event in both))
        return [said for said, _ in both]

    def edit(self, said: Said) -> None:
        said.revision += 1
        said.inside.add(said.latest)
        said.body = f"{token(said.number, said.revision)} changed"
        self._scene.hand(self._edited(said))

    def edit_unseen(self, account: str, customer: str) -> Said:
        """An edit of a message that never came: it begins so."""
        said, event = self._say(account, customer)
        self._scene.hand(self._edited(said, key=event.key))
        return said

    def original(self, said: Said) -> None:
        """The message as it was before an edit that came first: too late."""
        event = self._received(said, self._scene.key())
        self._scene.hand(replace(event, text=Text(token(said.number, "original"))))

    def item(self, account: str, customer: str, group: str, *, caption: bool) -> Said:
        """One item of an album: joined to it, or a message of its own."""
        said, event = self._say(account, customer, files=1, text=caption, group=group, own=False)
        said.group = group
        self._scene.hand(event)
        self._place(said, caption=caption)
        return said

    def _place(self, said: Said, *, caption: bool) -> None:
        message = self._message(said)
        fellows = [
            s for s in said.talk.incoming if s.group == said.group and self._message(s) == message
        ]
        if not fellows:
            said.talk.incoming.append(said)
            return
        album = fellows[0]
        said.order = album.number
        if caption:
            album.body = f"{album.body}\n{said.body}" if album.body else said.body

    def _message(self, said: Said) -> int:
        found: int = self._scene.rows.one(
            "select message_id from message_key where account = ? and place = ?"
            " and external_id = ?",
            said.talk.account,
            said.place,
            said.id,
        )
        return found

    def delete(self, said: Said) -> None:
        if said.withdrawn is None:
            said.deleted, said.withdrawn = True, self._scene.platform.tick()
        self._scene.hand(self._deleted(said.talk.account, said.place, said.id))

    def delete_unseen(self, account: str, customer: str) -> None:
        """A deletion that comes before its message."""
        grave = Grave(account, customer, f"m{self._scene.platform.tick()}")
        self.graves.append(grave)
        self._scene.hand(self._deleted(account, customer, grave.id))

    def arrive(self, grave: Grave) -> Said:
        """The message that was deleted before it came."""
        self.graves.remove(grave)
        said, event = self._say(grave.account, grave.customer, files=1)
        said.id, said.deleted, said.withdrawn = grave.id, True, self._scene.platform.tick()
        self._scene.hand(replace(event, id=grave.id))
        return said

    def leave(self, account: str, customer: str) -> None:
        self._reach(customer, can=False)
        self._scene.hand(
            Left(
                key=self._scene.key(),
                at=self._scene.clock(),
                place=Address(account, customer),
                author=self._author(customer),
            )
        )

    def come_back(self, account: str, customer: str) -> None:
        self._reach(customer, can=True)
        self._scene.hand(
            Returned(
                key=self._scene.key(),
                at=self._scene.clock(),
                place=Address(account, customer),
                author=self._author(customer),
            )
        )

    def _reach(self, customer: str, *, can: bool) -> None:
        if any(who == customer for _, who in self._ledger.talks):
            self._ledger.reachable[customer] = can

    def babble(self, account: str, customer: str) -> None:
        """Something that nobody can read."""
        self._ledger.unreadable += 1
        place = Address(account, customer)
        key, at = self._scene.key(), self._scene.clock()
        self._scene.hand(Unreadable(key=key, at=at, place=place, raw=b"\xff", error="no JSON"))

    # --- events -----------------------------------------------------------------------

    def _say(
        self,
        account: str,
        customer: str,
        *,
        files: int = 0,
        word: str = "hello",
        text: bool = True,
        group: str | None = None,
        own: bool = True,
    ) -> tuple[Said, Received]:
        key = self._scene.key()
        talk = self._ledger.talk_of(account, customer, self._scene.clock())
        number = self._ledger.number()
        body = f"{token(number, 0)} {word}".strip() if text else ""
        said = self._ledger.note(
            Said(number, talk, place=customer, id=f"m{self._scene.platform.tick()}", body=body)
        )
        said.inside |= {"0", *(f"f{index}" for index in range(files))}
        self._ledger.reachable[customer] = True
        if own:
            talk.incoming.append(said)
        return said, replace(self._received(said, key), files=files_of(number, files), group=group)

    def _received(self, said: Said, key: str) -> Received:
        return Received(
            key=key,
            at=self._scene.clock(),
            place=Address(said.talk.account, said.place),
            id=said.id,
            author=self._author(said.place),
            text=Text(said.body),
        )

    def _edited(self, said: Said, key: str = "") -> Edited:
        return Edited(
            key=key or self._scene.key(),
            at=self._scene.clock(),
            place=Address(said.talk.account, said.place),
            id=said.id,
            author=self._author(said.place),
            text=Text(said.body),
        )

    def _deleted(self, account: str, customer: str, id: str) -> Deleted:
        place = Address(account, customer)
        return Deleted(key=self._scene.key(), at=self._scene.clock(), place=place, id=id)

    def _author(self, customer: str) -> Author:
        return Author(customer, name=f"Customer {customer}", language="en")
