"""What the state machine found, or what was found while it was written: each as a short story."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.properties import verdict
from tests.properties.customers import Customers
from tests.properties.files import template
from tests.properties.line import How, Shown, Topic
from tests.properties.room import Room, Way
from tests.properties.scene import Scene

CUSTOMER, DESK = "customer alpha/c1", "desk alpha/c1"


@dataclass
class Story:
    """A scene in which the first customer has written, and his topic stands."""

    scene: Scene
    customers: Customers
    room: Room

    @property
    def topic(self) -> Topic:
        return self.room.topics[-1]

    @property
    def question(self) -> Shown:
        return self.room.questions[-1]

    def end(self) -> None:
        self.scene.rest()
        verdict.always(self.scene)
        verdict.at_rest(self.scene)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    scene = Scene(tmp_path, template())
    told = Story(scene, Customers(scene), Room(scene))
    scene.start()
    told.customers.write("alpha", "c1")
    yield told
    scene.end()


def test_a_post_that_begins_with_a_notice_is_asked_about_too(story: Story) -> None:
    # A notice and a customer's words share a post of which nobody knows whether it arrived.
    story.scene.stop()
    story.room.canned_wrongly(story.topic, "Mia", "nope")
    story.customers.write("alpha", "c1")
    story.scene.script(DESK, [How.HEARD])
    story.end()
    assert len(story.room.questions) == 1


def test_one_post_that_cannot_be_shown_takes_no_other_with_it(story: Story) -> None:
    story.scene.stop()
    story.customers.write("alpha", "c1")
    story.room.canned_wrongly(story.topic, "Mia", "nope")
    story.scene.script(DESK, [How.INVALID])
    story.end()
    shown = "".join(s.text for s in story.scene.platform.shown)
    assert "There is no canned reply nope" in shown
    assert "«2.0»" in shown


def test_a_question_outlives_its_topic_twice(story: Story) -> None:
    story.scene.script(CUSTOMER, [How.HEARD])
    story.room.type(story.topic, "Mia")
    for _ in range(3):
        story.room.remove(story.topic)
        story.customers.write("alpha", "c1")
        story.end()


def test_what_was_taken_back_is_not_sent_by_a_later_attempt(story: Story) -> None:
    story.scene.hold(CUSTOMER)
    story.scene.script(CUSTOMER, [How.LATER])
    story.room.type(story.topic, "Mia")
    story.room.undo(story.topic, "Mia")
    story.end()


def test_what_was_taken_back_is_not_sent_again(story: Story) -> None:
    story.scene.script(CUSTOMER, [How.LOST])
    story.room.type(story.topic, "Mia")
    story.room.undo(story.topic, "Mia")
    story.end()
    story.room.press(story.question, "again", who="Mia")
    story.end()


def test_a_note_that_comes_after_its_album_left_leaves_the_album_what_it_is(story: Story) -> None:
    story.room.item(story.topic, "Mia", "g", inside=False)
    story.end()
    story.room.item(story.topic, "Mia", "g", inside=True)
    story.room.undo(story.topic, "Mia")
    story.end()
    assert [s.deleted for s in story.scene.platform.shown if s.files == "«2.f0»"] == [True]


def test_an_edit_is_not_lost_with_its_topic(story: Story) -> None:
    first = story.customers.said[0]
    for _ in range(10):
        story.customers.write("alpha", "c1")
    story.room.remove(story.topic)
    story.customers.edit(first)
    story.end()


def test_a_note_made_a_reply_by_an_edit_stays_inside(story: Story) -> None:
    note = story.room.type(story.topic, "Mia", Way.NOTE)
    story.room.edit(note)
    story.end()
