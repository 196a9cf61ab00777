"""What must hold: the model against the database, and against what the platform has seen."""

from collections import Counter
from collections.abc import Iterator

from connectors.base import Address
from tests.properties.ledger import Said, Talk
from tests.properties.line import DESK, Shown
from tests.properties.rows import Row
from tests.properties.scene import Scene
from tests.properties.tokens import EDITED, references, token, tokens, without_history


def always(scene: Scene) -> None:
    """What holds after every step."""
    incoming_once_in_order_as_last_edited(scene)
    one_open_conversation(scene)
    nothing_elsewhere(scene)
    at_most_once(scene)
    in_order(scene)


def at_rest(scene: Scene) -> None:
    """What holds when nothing is under way and nothing is due any more."""
    everything_is_final(scene)
    each_question_stands_once(scene)
    nothing_incoming_is_missing(scene)
    nothing_outgoing_is_silent(scene)
    every_refusal_is_told(scene)
    answers_read_as_last_edited(scene)
    topics_are_lost_only_when_deleted(scene)
    who_can_be_reached(scene)


# --- after every step -------------------------------------------------------------------


def incoming_once_in_order_as_last_edited(scene: Scene) -> None:
    for (account, customer), talks in scene.ledger.talks.items():
        found = [
            [
                (row["body"], row["deleted_at"] is not None)
                for row in scene.rows.all(
                    "select m.body, m.deleted_at from message m"
                    " join conversation c on c.id = m.conversation_id"
                    " where c.reference = ? and m.kind = 'incoming' order by m.seq",
                    reference,
                )
            ]
            for reference in scene.rows.references(account, customer)
        ]
        said = [[(said.body, said.deleted) for said in talk.incoming] for talk in talks]
        assert found == said, f"{account}/{customer} said {said}, and the store has {found}"


def one_open_conversation(scene: Scene) -> None:
    several = scene.rows.all(
        "select contact_id, inbox from conversation where status <> 'resolved'"
        " group by contact_id, inbox having count(*) > 1"
    )
    assert not several, f"more than one open conversation: {list(map(tuple, several))}"
    for talks in scene.ledger.talks.values():
        for talk in talks:
            status, key = scene.rows.all(
                "select status, open_key from conversation where reference = ?",
                scene.reference(talk),
            )[0]
            is_open = talk.resolved_at is None
            assert (status != "resolved", key is not None) == (is_open, is_open), talk.who


def nothing_elsewhere(scene: Scene) -> None:
    """A customer's place shows his own conversation's answers, a topic its own conversation."""
    for exposure in scene.platform.exposed:
        talk = _talk(scene, exposure.place)
        for number, what in tokens(exposure.text):
            said = scene.ledger.said[number]
            allowed = said.inside if talk else said.public
            whose = talk is said.talk if talk else _is_with(said.talk, exposure.place)
            assert whose, f"«{number}.{what}» of {said.talk.who} stood at {exposure.place}"
            assert what in allowed, f"«{number}.{what}» stood at {exposure.place}"
            late = said.withdrawn is not None and exposure.began > said.withdrawn
            assert not late, f"«{number}.{what}» was taken back, then sent to {exposure.place}"
        if talk is None:
            own = set(scene.rows.references(exposure.place.account, exposure.place.id))
            assert references(exposure.text) <= own, f"{exposure.text!r} at {exposure.place}"


def _talk(scene: Scene, place: Address) -> Talk | None:
    """The conversation of a topic; None for a customer's own place."""
    topic = scene.platform.topics.get(place.id) if place.account == DESK else None
    return scene.talk_named(topic.reference) if topic else None


def _is_with(talk: Talk, place: Address) -> bool:
    return (talk.account, talk.customer) == (place.account, place.id)


def _posts(scene: Scene) -> Iterator[tuple[Shown, list[tuple[int, str]]]]:
    """What was posted, with the marks of what it is the post of."""
    for shown in scene.platform.shown:
        if not shown.text.startswith(EDITED):
            yield shown, list(tokens(without_history(f"{shown.text}\n{shown.files}")))


def at_most_once(scene: Scene) -> None:
    """Each message stands at a place once, and once more each time that was asked for."""
    times = Counter(
        (shown.place, number, what if what.startswith("f") else "text")
        for shown, marks in _posts(scene)
        for number, what in marks
    )
    for (place, number, what), count in times.items():
        asked = scene.ledger.said[number].asked
        assert count <= 1 + asked, f"«{number}» ({what}) {count} times at {place}, asked {asked}"


def in_order(scene: Scene) -> None:
    last: dict[tuple[Address, int], int] = {}
    for shown, marks in _posts(scene):
        for number, _ in marks:
            said = scene.ledger.said[number]
            thread = (shown.place, id(said.talk))
            if said.asked:
                continue
            assert said.order >= last.get(thread, 0), f"«{number}» came late at {shown.place}"
            last[thread] = said.order


# --- at rest ----------------------------------------------------------------------------


def everything_is_final(scene: Scene) -> None:
    assert scene.rows.sending() == 0
    for head in scene.rows.heads():
        assert head.target in scene.platform.stuck, f"{head} is not final"
    assert scene.rows.one("select count(*) from quarantine") == scene.ledger.unreadable


def each_question_stands_once(scene: Scene) -> None:
    for row in _deliveries(scene, "d.status = 'uncertain' and d.merged_into is null"):
        if row["why"] == "sent again" or _is_stuck(scene, row["who"]):
            continue
        choice = f"again:{row['id']}"
        asking = scene.rows.one(
            "select count(*) from message where instr(choices, ?) > 0", f'"{choice}"'
        )
        assert asking == 1, f"delivery {row['id']} is uncertain and is asked about {asking} times"
        living = [
            shown
            for shown in scene.platform.shown
            if any(c.id == choice for c in shown.choices)
            and scene.rows.conversation_at(shown.place.id) == row["reference"]
        ]
        assert living, f"delivery {row['id']} is uncertain, and its topic shows no question"


def nothing_incoming_is_missing(scene: Scene) -> None:
    seen = _seen_at_desk(scene)
    for said in scene.ledger.said.values():
        if said.agent or said.deleted or _is_stuck(scene, said.talk.who):
            continue
        whats = {what for what in said.inside if what.startswith("f")}
        whats |= {said.latest} if token(said.number, said.latest) in said.body else set()
        missing = {w for w in whats if (id(said.talk), said.number, w) not in seen}
        told = {"uncertain", "refused", "confirmed"}
        assert not missing or told & _ends(scene, said, "desk"), f"«{said.number}» {missing}"


def nothing_outgoing_is_silent(scene: Scene) -> None:
    seen = {
        (exposure.place, number)
        for exposure in scene.platform.exposed
        for number, _ in tokens(exposure.text)
    }
    for said in _answers(scene):
        arrived = (Address(said.talk.account, said.talk.customer), said.number) in seen
        if arrived or said.deleted or f"customer {said.talk.who}" in scene.platform.stuck:
            continue
        ends = _ends(scene, said, "customer")
        assert {"uncertain", "refused", "confirmed"} & ends, f"«{said.number}» is lost: {ends}"


def every_refusal_is_told(scene: Scene) -> None:
    told: dict[str, str] = {}
    for exposure in scene.platform.exposed:
        topic = scene.platform.topics.get(exposure.place.id)
        if topic is not None:
            told[topic.reference] = told.get(topic.reference, "") + exposure.text
    for row in _deliveries(scene, "d.status = 'refused' and m.kind <> 'event'"):
        if not _is_stuck(scene, row["who"]):
            said = told.get(row["reference"], "")
            assert row["why"] in said, f"{row['action']} {row['id']}: nobody heard {row['why']!r}"


def answers_read_as_last_edited(scene: Scene) -> None:
    """Where every call for an answer went well, it reads as last changed, or is gone."""
    for said in _answers(scene):
        calls = _calls(scene, said, "customer")
        posts = [row["id"] for row in calls if row["action"] == "post"]
        if len(posts) != 1 or said.group or any(_went_wrong(row) for row in calls):
            continue
        shown = [s for s in scene.platform.shown if s.key.partition("/")[0] == str(posts[0])]
        if said.deleted:
            assert all(s.deleted for s in shown), f"«{said.number}» was taken back, and stands"
        else:
            marks = set(tokens("".join(s.text for s in shown)))
            assert (said.number, said.latest) in marks, f"«{said.number}» reads {marks}"


def topics_are_lost_only_when_deleted(scene: Scene) -> None:
    for row in scene.rows.all("select place from thread where side = 'desk' and state = 'gone'"):
        topic = scene.platform.topics.get(row["place"] or "")
        assert topic is None or not topic.there, f"{topic} is there, and was given up"


def who_can_be_reached(scene: Scene) -> None:
    for customer, reachable in scene.ledger.reachable.items():
        if customer not in scene.ledger.unsure:
            found = scene.rows.one("select reachable from identity where external_id = ?", customer)
            assert found == reachable, f"{customer} can be reached: {found}"


# --- looking up -------------------------------------------------------------------------


def _answers(scene: Scene) -> Iterator[Said]:
    for talks in scene.ledger.talks.values():
        for talk in talks:
            yield from talk.outgoing


def _is_stuck(scene: Scene, who: str) -> bool:
    return f"desk {who}" in scene.platform.stuck


def _seen_at_desk(scene: Scene) -> set[tuple[int, int, str]]:
    """(conversation, number, revision or file) of whatever stood in its topics."""
    return {
        (id(talk), number, what)
        for exposure in scene.platform.exposed
        if (talk := _talk(scene, exposure.place)) is not None
        for number, what in tokens(exposure.text)
    }


def _deliveries(scene: Scene, where: str) -> list[Row]:
    return scene.rows.all(
        "select d.*, c.reference, c.inbox || '/' || i.external_id as who from delivery d"
        " join conversation c on c.id = d.conversation_id"
        " join identity i on i.contact_id = c.contact_id"
        f" left join message m on m.id = d.message_id where {where}"
    )


def _calls(scene: Scene, said: Said, side: str) -> list[Row]:
    """The deliveries of a message on one side."""
    account = DESK if said.agent else said.talk.account
    mark = f"%«{said.number}.%" if said.canned else "%"
    return scene.rows.all(
        "select distinct d.* from delivery d join thread t on t.id = d.thread_id"
        " join message m on m.id = d.message_id"
        " left join message_key k on k.message_id = m.id and k.direction = 'in'"
        " where t.side = ? and m.body like ?"
        " and (? or (k.account = ? and k.place = ? and k.external_id = ?))",
        *(side, mark, said.canned, account, said.place, said.id),
    )


def _ends(scene: Scene, said: Said, side: str) -> set[str]:
    """How what was tried for a message ended, where it did not simply arrive."""
    return {
        "confirmed" if row["why"] == "confirmed by an agent" else row["status"]
        for row in _calls(scene, said, side)
    }


def _went_wrong(row: Row) -> bool:
    return bool(row["status"] != "sent" or row["why"] == "confirmed by an agent")
