import asyncio
import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from kept.core.model import Message, Request
from kept.errors import Conflict, Invalid, KeptError
from kept.models import open_model
from kept.surfaces.gateway.server import serving
from simulators.parrot import Parrot


async def served(**options: Any) -> str:
    async with serving(Parrot(), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), entropy=bytes, **options) as base:
        return base


def test_port_zero_takes_a_free_port_and_gives_it_back() -> None:
    port = int(asyncio.run(served()).split(":")[2].split("/")[0])
    assert asyncio.run(served(port=port)) == f"http://127.0.0.1:{port}/v1"


def test_a_taken_port_is_a_conflict() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Conflict, match="is taken"):
        asyncio.run(served(port=taken.getsockname()[1]))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_the_network_is_served_only_with_a_key(host: str) -> None:
    with pytest.raises(Invalid, match="Without a key"):
        asyncio.run(served(host=host))


@pytest.mark.parametrize("options", [{"host": "no-such-host.invalid", "key": "k"}, {"port": 70000}])
def test_an_address_that_cannot_be_is_a_clear_error(options: dict[str, Any]) -> None:
    with pytest.raises(KeptError) as failed:
        asyncio.run(served(**options))
    assert failed.value.code.startswith("listening.")


def test_an_answer_under_way_is_finished_before_the_end() -> None:
    class Slow(Parrot):
        async def answer(self, request: Request) -> Any:
            started.set()
            await asyncio.sleep(0.2)
            return await super().answer(request)

    started = asyncio.Event()

    async def main() -> None:
        async with serving(Slow(), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), entropy=bytes) as base:
            client = open_model(f"openai:{base}#parrot")
            asking = asyncio.create_task(client.answer(Request((Message("user", "hi"),))))
            await started.wait()
        assert (await asking).finish == "stop"
        await client.close()

    asyncio.run(main())
