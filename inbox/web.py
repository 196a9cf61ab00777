"""What other programs ask the service: is it alive, can it work, how does it do."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

METRICS: Mapping[str, str] = {
    "inbox_events": "Events taken in since the start.",
    "inbox_outcomes": "Ends of platform calls since the start, by account and outcome.",
    "inbox_deliveries": "Deliveries that are not final, by queue and status.",
    "inbox_quarantine": "Events in quarantine that wait for an operator.",
    "inbox_task_down": "1 for each supervised task that is not running now.",
}
"""Every metric and what it means; docs/reference/metrics.md has the same list."""

LAST_ANSWERS = 3
"""Seconds that requests under way get to end when we are told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What /metrics shows, read at one moment."""

    events: int
    outcomes: Mapping[tuple[str, str], int]
    deliveries: Mapping[tuple[str, str], int]
    quarantine: int
    down: Mapping[str, str]


class _Snapshot:
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        figures, says = self._figures, METRICS
        yield CounterMetricFamily("inbox_events", says["inbox_events"], figures.events)
        outcomes = CounterMetricFamily(
            "inbox_outcomes", says["inbox_outcomes"], labels=("account", "outcome")
        )
        for labels, count in figures.outcomes.items():
            outcomes.add_metric(labels, count)
        deliveries = GaugeMetricFamily(
            "inbox_deliveries", says["inbox_deliveries"], labels=("queue", "status")
        )
        for labels, count in figures.deliveries.items():
            deliveries.add_metric(labels, count)
        down = GaugeMetricFamily("inbox_task_down", says["inbox_task_down"], labels=("task",))
        for task in figures.down:
            down.add_metric((task,), 1)
        yield from (outcomes, deliveries, down)
        yield GaugeMetricFamily("inbox_quarantine", says["inbox_quarantine"], figures.quarantine)


def build(
    *, down: Callable[[], Mapping[str, str]], figures: Callable[[], Awaitable[Figures]]
) -> Starlette:
    """The endpoints. ``down`` names the tasks that do not run, and why."""

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        problems = dict(down())
        return JSONResponse(
            {"ready": not problems, "problems": problems}, status_code=503 if problems else 200
        )

    async def metrics(_request: Request) -> Response:
        registry = CollectorRegistry()
        registry.register(_Snapshot(await figures()))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    )


class Server(uvicorn.Server):
    """uvicorn inside our loop: signals belong to the application."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


async def serve(application: Starlette, *, host: str, port: int) -> None:
    """Serve until cancelled. Raises OSError where the address cannot be had."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=LAST_ANSWERS,
    )
    server = Server(config)
    try:
        await server.serve()
    except SystemExit as error:  # uvicorn's way to say that it cannot bind
        raise OSError(f"cannot listen on {host}:{port}; set [web] port to a free one") from error
    except asyncio.CancelledError:
        if server.started:  # uvicorn closes nothing by itself when it is cancelled
            await server.shutdown()
        raise
