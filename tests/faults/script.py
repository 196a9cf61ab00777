"""One story that uses everything which may be interrupted. Each step waits until its
effect was seen, however often the service died meanwhile."""

from inbox.sandbox.telegram import Fault
from tests.faults.scene import Scene
from tests.faults.tokens import Kind, kind_of


async def play(scene: Scene) -> None:
    """Play it from a customer's first text to his return after closing."""
    ann, bob = scene.customer(), scene.customer()
    await acquaintance(scene, ann, bob)
    await files(scene, ann)
    await second_thoughts(scene, ann)
    await doubts(scene, ann)
    await ending(scene, ann)
    await scene.settle()


async def acquaintance(scene: Scene, ann: int, bob: int) -> None:
    """Texts, answers and a note."""
    for customer in (ann, bob, ann):
        scene.say(customer)
    await scene.until(lambda: _all_shown(scene, ann) and _all_shown(scene, bob))
    scene.reply(ann)
    scene.reply(ann, Kind.NOTE)
    scene.reply(bob)
    scene.type(ann, f"/canned flow.need_info items={scene.next(ann, Kind.REPLY)}")
    scene.reply(ann)
    await scene.until(lambda: _all_received(scene, ann) and _all_received(scene, bob))


async def files(scene: Scene, ann: int) -> None:
    """Photos both ways."""
    person, agent, topic = scene.customers[ann], scene.stage.agent, scene.topic(ann)
    person.photo(scene.stage.bot, caption=scene.next(ann, Kind.SAID))
    await scene.until(lambda: _all_shown(scene, ann))
    caption = scene.next(ann, Kind.REPLY)
    agent.photo(scene.stage.group, caption=caption, topic=topic.id if topic else None)
    await scene.until(lambda: _all_received(scene, ann))


async def second_thoughts(scene: Scene, ann: int) -> None:
    """Edits on both sides, and a reply that is taken back."""
    said, replied = scene.say(ann), scene.reply(ann)
    await scene.until(lambda: _all_shown(scene, ann) and _all_received(scene, ann))
    ours, theirs = scene.next(ann, Kind.EDIT), scene.next(ann, Kind.EDIT)
    scene.customers[ann].edit(said, f"{said['text']} {theirs}")
    scene.stage.agent.edit(replied, f"{replied['text']} {ours}")
    doubted = replied["text"].split()[0]
    await scene.until(lambda: theirs in scene.shown(ann))
    await scene.until(lambda: ours in scene.chat(ann) or doubted in scene.clerk.asked)
    scene.reply(ann, Kind.UNDONE)
    undone = scene.typed[ann][-1]
    await scene.until(lambda: undone in scene.chat(ann))
    scene.type(ann, "/undo")
    await scene.until(lambda: undone not in scene.chat(ann) or undone in scene.clerk.asked)


async def doubts(scene: Scene, ann: int) -> None:
    """Replies of which the answer of the platform is lost: one arrived, one did not."""
    person, sandbox = scene.customers[ann], scene.stage.sandbox
    for fault in (Fault.reset_after(), Fault.reset_before()):
        sandbox.fail("sendMessage", fault, chat=person)
        scene.reply(ann)
        doubted = scene.typed[ann][-1]
        await scene.until(lambda token=doubted: token in scene.clerk.asked)  # type: ignore[misc]
        await scene.until(lambda: _all_received(scene, ann))


async def ending(scene: Scene, ann: int) -> None:
    """The conversation is closed, and goes on."""
    topic = scene.topic(ann)
    scene.type(ann, "/close")
    await scene.until(lambda: topic is not None and topic.name.startswith("✅"))
    await scene.until(lambda: "is closed" in scene.chat(ann))
    scene.say(ann)
    await scene.until(lambda: _all_shown(scene, ann))
    await scene.until(lambda: topic is not None and not topic.name.startswith("✅"))


def _all_shown(scene: Scene, customer: int) -> bool:
    seen = scene.shown(customer)
    return all(token in seen for token in scene.said[customer])


def _all_received(scene: Scene, customer: int) -> bool:
    seen = scene.chat(customer)
    inside = (Kind.NOTE, Kind.UNDONE)
    return all(one in seen for one in scene.typed[customer] if kind_of(one) not in inside)
