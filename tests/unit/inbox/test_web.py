"""What other programs ask: through the application itself, and through a real socket."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from inbox import web
from inbox.web import METRICS, Figures
from tests.service import free_port

FIGURES = Figures(
    events=42,
    outcomes={("telegram", "Sent"): 7, ("telegram", "Refused"): 1},
    deliveries={("desk/-100", "pending"): 3},
    quarantine=2,
    down={"poll:telegram": "OSError: no route"},
)


async def _figures() -> Figures:
    return FIGURES


async def _client(down: Mapping[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    application = web.build(down=lambda: down, figures=_figures)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://inbox") as client:
        yield client


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Of a service in which all is well."""
    async for made in _client({}):
        yield made


@pytest.fixture
async def troubled() -> AsyncIterator[httpx.AsyncClient]:
    """Of a service whose polling is down."""
    async for made in _client(FIGURES.down):
        yield made


async def test_it_is_alive(client: httpx.AsyncClient, troubled: httpx.AsyncClient) -> None:
    for one in (client, troubled):
        answer = await one.get("/healthz")
        assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_it_is_ready_when_every_task_runs(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "problems": {}}


async def test_it_is_not_ready_and_says_why(troubled: httpx.AsyncClient) -> None:
    answer = await troubled.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "problems": {"poll:telegram": "OSError: no route"}}


@pytest.mark.parametrize(
    "line",
    [
        "inbox_events_total 42.0",
        'inbox_outcomes_total{account="telegram",outcome="Sent"} 7.0',
        'inbox_outcomes_total{account="telegram",outcome="Refused"} 1.0',
        'inbox_deliveries{queue="desk/-100",status="pending"} 3.0',
        "inbox_quarantine 2.0",
        'inbox_task_down{task="poll:telegram"} 1.0',
    ],
)
async def test_metrics_show_the_figures(client: httpx.AsyncClient, line: str) -> None:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert line in answer.text.splitlines()


async def test_metrics_are_those_that_are_listed(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text
    told = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")}
    assert {name.removesuffix("_total") for name in told} == set(METRICS)


@pytest.mark.parametrize("path", ["/", "/healthz/", "/metrics/x", "/../etc/passwd"])
async def test_there_is_nothing_else(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, follow_redirects=False)
    assert answer.status_code in (307, 404)


async def test_it_listens_until_it_is_cancelled() -> None:
    port = free_port()
    application = web.build(down=dict, figures=_figures)
    serving = asyncio.create_task(web.serve(application, host="127.0.0.1", port=port))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await _until_it_answers(client)
    assert answer.text == "ok\n"
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    again = asyncio.create_task(web.serve(application, host="127.0.0.1", port=port))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await _until_it_answers(client)).text == "ok\n", "the port was given back"
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)


async def _until_it_answers(client: httpx.AsyncClient) -> httpx.Response:
    for _ in range(100):
        try:
            return await client.get("/healthz")
        except httpx.ConnectError:
            await asyncio.sleep(0.05)
    raise AssertionError("nothing listens there")


async def test_a_port_that_is_taken_is_one_sentence() -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    application = web.build(down=dict, figures=_figures)
    with pytest.raises(OSError, match=rf"cannot listen on 127.0.0.1:{port}; set \[web\] port"):
        await web.serve(application, host="127.0.0.1", port=port)
    server.close()
    await server.wait_closed()
