"""A task that fails is started again, and says so once."""

import asyncio

import pytest

from inbox import supervision
from inbox.supervision import Supervisor, reason


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST", 0.01)
    monkeypatch.setattr(supervision, "LONGEST", 0.02)


class Work:
    """Fails as often as it is told, then runs until ended."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.begun = 0
        self.running = asyncio.Event()
        self.end = asyncio.Event()

    async def __call__(self) -> None:
        self.begun += 1
        if self.failures:
            raise self.failures.pop(0)
        self.running.set()
        await self.end.wait()


async def test_it_is_started_again_until_it_runs() -> None:
    keeper, work = Supervisor(), Work(OSError("gone"), ValueError("odd"))
    kept = asyncio.create_task(keeper.keep("poll:a", work))
    await asyncio.wait_for(work.running.wait(), 2)
    assert work.begun == 3
    work.end.set()
    await kept
    assert keeper.down == {}


async def test_what_is_down_says_why_until_it_is_up() -> None:
    keeper, work = Supervisor(), Work(OSError("gone\nwith details"))
    kept = asyncio.create_task(keeper.keep("poll:a", work))
    await asyncio.sleep(0)
    assert keeper.down == {"poll:a": "OSError: gone"}
    await work.running.wait()
    await asyncio.sleep(0.1)  # longer than twice the pause: it counts as up
    assert keeper.down == {}
    work.end.set()
    await kept


async def test_the_same_reason_is_logged_once(capsys: pytest.CaptureFixture[str]) -> None:
    keeper, work = Supervisor(), Work(*(OSError("gone") for _ in range(4)))
    kept = asyncio.create_task(keeper.keep("poll:a", work))
    await work.running.wait()
    work.end.set()
    await kept
    assert capsys.readouterr().out.count("task.down") == 1


async def test_when_all_is_stopping_a_failure_ends_it() -> None:
    keeper = Supervisor()
    keeper.stopping = True
    await asyncio.wait_for(keeper.keep("poll:a", Work(OSError("gone"))), 1)


async def test_a_cancelled_task_stays_cancelled() -> None:
    work = Work()
    kept = asyncio.create_task(Supervisor().keep("poll:a", work))
    await work.running.wait()
    kept.cancel()
    with pytest.raises(asyncio.CancelledError):
        await kept
    assert work.begun == 1


def test_the_reason_of_a_group_is_its_first_exception() -> None:
    inner = ExceptionGroup("inner", [OSError("no route")])
    assert reason(ExceptionGroup("outer", [inner, ValueError("x")])) == "OSError: no route"
    assert reason(ValueError()) == "ValueError"
