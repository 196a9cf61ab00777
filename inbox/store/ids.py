"""Identifiers, minted in blocks, so that rows can refer to rows not yet written."""

from sqlalchemy import Connection, insert, update
from sqlalchemy.exc import IntegrityError

from inbox.model import Counter

BLOCK = 16_384
"""How many a process takes at a time: more than one batch can use."""

LOW = 8_192
"""With fewer than this left, the next batch takes another block first."""

_counter = Counter.__table__  # type: ignore[attr-defined]


class Ids:
    """A stock of unused identifiers. Unique over all processes; never an order."""

    def __init__(self) -> None:
        self._next = 0
        self._end = 0
        self._spare: tuple[int, int] | None = None

    def __call__(self) -> int:
        """The next unused identifier. Raises RuntimeError when none was reserved."""
        if self._next == self._end:
            if self._spare is None:
                raise RuntimeError("no identifiers are reserved: call reserve() before a batch")
            (self._next, self._end), self._spare = self._spare, None
        self._next += 1
        return self._next - 1

    @property
    def left(self) -> int:
        """How many can be taken before the next :meth:`reserve`."""
        spare = self._spare[1] - self._spare[0] if self._spare else 0
        return self._end - self._next + spare

    def reserve(self, connection: Connection) -> None:
        """Take a block, in a transaction of its own, when stocks are low.

        Outside the batch on purpose: a batch that is rolled back must not make
        the counter hand out the same block again.
        """
        if self.left >= LOW or self._spare is not None:
            return
        try:
            after = _taken(connection)
        except IntegrityError:  # another process made the counter just now
            after = _taken(connection)
        self._spare = (after - BLOCK, after)


def _taken(connection: Connection) -> int:
    """Where the block ends that is ours now."""
    with connection.begin():
        after: int | None = connection.execute(
            update(_counter)
            .where(_counter.c.name == "id")
            .values(next=_counter.c.next + BLOCK)
            .returning(_counter.c.next)
        ).scalar_one_or_none()
        if after is None:
            after = BLOCK + 1
            connection.execute(insert(_counter).values(name="id", next=after))
        return after
