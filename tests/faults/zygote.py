"""A process that has imported everything and then only forks: a cold start costs
seconds, a fork a fifth of one.

Reads a :class:`Plan` a line from standard input and answers ``{"pid": …}``; says
``{"ended": pid, "code": …}`` as soon as a child is reaped (a zombie would still
look alive to its successor). Ends, and its children with it, at end of input.
"""

import ctypes
import importlib
import json
import os
import select
import signal
import sys
import traceback
from typing import Any

from connectors.telegram import slim
from tests.faults.failpoint import Plan

slim.postpone()  # before anything imports aiogram

from tests.faults import child  # noqa: E402

_LATER = (
    "asyncpg",
    "inbox.migrations",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
"""What a service imports only when it runs: else each fork pays for it."""

_INPUT, _OUTPUT, _ERRORS = 0, 1, 2
_PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Fork as told until the input ends."""
    for name in _LATER:
        importlib.import_module(name)
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([_INPUT, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _reap()
        if _INPUT in ready:
            line = sys.stdin.buffer.readline()
            if not line:
                return
            _say(pid=_fork(Plan.decoded(line)))


def _say(**what: int) -> None:
    os.write(_OUTPUT, json.dumps(what).encode() + b"\n")


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _say(ended=pid, code=os.waitstatus_to_exitcode(status))


def _fork(plan: Plan) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _settle_in(plan)
        child.serve(plan)
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it must not run on as a second zygote
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _settle_in(plan: Plan) -> None:
    libc: Any = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(plan.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(nothing, _INPUT)
    os.dup2(log, _OUTPUT)
    os.dup2(log, _ERRORS)


if __name__ == "__main__":
    main()
