"""The service dies once at each place where it can, and nothing shows of it but a question."""

import secrets

import pytest

from tests.faults.ground import Ground
from tests.faults.tour import Death, discover, failpoints, tour

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="session"),
]

EXPECTED = (
    "unit Intake._take",
    "unit Intake._isolated",
    "unit Outbox.",
    "unit Lease.",
    "call getUpdates",
    "call createForumTopic",
    "call sendMessage",
    "call sendPhoto",
    "call editMessageText",
    "call editForumTopic",
    "call deleteMessages",
    "call answerCallbackQuery",
)
"""How names begin that the tour must hold: none may leave it in silence."""


async def test_dying_at_each_place_loses_doubles_and_misdelivers_nothing(
    ground: Ground, engine: str
) -> None:
    found = await discover(ground, engine)
    names = [name for name, _, _ in found]
    assert not [begins for begins in EXPECTED if not any(n.startswith(begins) for n in names)]
    seed = secrets.randbits(32)
    wrong = list[str]()

    def told(death: Death) -> None:
        wrong.extend(f"{death.failpoint}: {violation}" for violation in death.violations)
        if not death.reached:
            wrong.append(f"{death.failpoint}: never reached")

    await tour(ground, engine, list(failpoints(found, seed=seed)), told)
    assert not wrong, f"seed {seed}:\n" + "\n".join(wrong)
