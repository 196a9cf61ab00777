"""Services as forks: started by the zygote, watched, and started again when they die."""

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.faults.failpoint import Failpoint, Plan, Poison

ROOT = Path(__file__).parents[2]
KILLED = -int(signal.SIGKILL)
_GONE = 0


class Broken(Exception):  # noqa: N818 - what a test fails with
    """A service ended in a way that nobody ordered."""


class Forks:
    """The zygote, from outside."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asking = asyncio.Lock()
        self._started: asyncio.Queue[int] = asyncio.Queue()
        self._ends: dict[int, asyncio.Future[int]] = {}

    async def start(self, plan: Plan) -> "Fork":
        """Fork a service."""
        if self._process.stdin is None:
            raise Broken("the zygote has no input")
        async with self._asking:
            self._process.stdin.write(plan.encoded())
            await self._process.stdin.drain()
            pid = await self._started.get()
        if pid == _GONE:
            raise Broken("the zygote has ended")
        return Fork(pid, self._end_of(pid))

    async def listen(self) -> None:
        """Take down what the zygote says, until it ends."""
        while self._process.stdout is not None and (line := await self._process.stdout.readline()):
            said = json.loads(line)
            if "ended" in said:
                self._end_of(said["ended"]).set_result(said["code"])
            else:
                self._started.put_nowait(said["pid"])
        self._started.put_nowait(_GONE)

    def _end_of(self, pid: int) -> asyncio.Future[int]:
        end = self._ends.get(pid)
        if end is None:
            end = self._ends[pid] = asyncio.get_running_loop().create_future()
        else:
            del self._ends[pid]  # told and asked once each: the number may come again
        return end


class Fork:
    """One process. ``end`` becomes its exit code, negative for a signal."""

    def __init__(self, pid: int, end: asyncio.Future[int]) -> None:
        self.pid = pid
        self.end = end

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended by then."""
        if not self.end.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


@asynccontextmanager
async def forks() -> AsyncIterator[Forks]:
    """A zygote while the block lasts; its children end with it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.zygote",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    it = Forks(process)
    listening = asyncio.create_task(it.listen())
    try:
        yield it
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
        await listening


class Service:
    """One service on one database, kept alive: whenever it is killed it is started
    again. ``deaths`` counts; any other end is ``Broken``.
    ``poison`` is what it cannot stand in any of its lives."""

    def __init__(self, forks: Forks, environ: Mapping[str, str], folder: Path) -> None:
        self._forks = forks
        self._environ = environ
        self._log = folder / "service.log"
        self._failpoints: deque[Failpoint] = deque()
        self._trace = ""
        self._fork: Fork | None = None
        self._up = asyncio.Event()
        self._leaving = False
        self.poison: Poison | None = None
        self._keeping: asyncio.Task[int] | None = None
        self.deaths = 0

    def start(self, *failpoints: Failpoint, trace: str = "") -> None:
        """Start it; each of its first lives is armed with one of ``failpoints``."""
        self._failpoints, self._trace, self._leaving = deque(failpoints), trace, False
        self._keeping = asyncio.create_task(self._keep())

    async def kill(self) -> None:
        """``kill -9``. Returns when it is dead; the next life has begun or begins."""
        await self._up.wait()
        if self._fork is not None:
            self._fork.signal(signal.SIGKILL)
            await asyncio.shield(self._fork.end)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Let it end, for good. Returns its exit code. Raises Broken."""
        if self._keeping is None:
            return 0
        if not self._keeping.done():
            waiting = asyncio.create_task(self._up.wait())
            await asyncio.wait({waiting, self._keeping}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        self._leaving = True
        if self._fork is not None:
            self._fork.signal(number)
        keeping, self._keeping = self._keeping, None
        return await keeping

    async def end(self) -> None:
        """Kill it, for good, however it does."""
        self._leaving = True
        if self._fork is not None:
            self._fork.signal(signal.SIGKILL)
        if self._keeping is not None:
            await asyncio.gather(self._keeping, return_exceptions=True)

    def look(self) -> None:
        """Raises Broken when it ended in a way that nobody ordered."""
        if self._keeping is not None and self._keeping.done():
            self._keeping.result()

    def log(self) -> str:
        """The last it said."""
        return self._log.read_text()[-4000:] if self._log.exists() else ""

    async def _keep(self) -> int:
        while True:
            point = self._failpoints.popleft() if self._failpoints else None
            plan = Plan(self._environ, str(self._log), point, self._trace, self.poison)
            self._fork = await self._forks.start(plan)
            self._up.set()
            code = await asyncio.shield(self._fork.end)
            self._up.clear()
            if self._leaving:
                return code
            if code != KILLED:
                raise Broken(f"the service ended with {code}:\n{self.log()}")
            self.deaths += 1
