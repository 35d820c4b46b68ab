"""Asking the accounts: in threads of their own, so that what rooms do at length keeps nobody waiting."""

import threading
from types import SimpleNamespace

import anyio
from anyio import to_thread

from kept.surfaces.portal.asking import ask


def test_where_a_server_is_asked_it_waits_for_no_room_s_work() -> None:
    away = SimpleNamespace(is_at_hand=False)

    async def scenario() -> None:
        done, limiter = threading.Event(), to_thread.current_default_thread_limiter()
        async with anyio.create_task_group() as work:
            for _ in range(int(limiter.total_tokens)):
                work.start_soon(to_thread.run_sync, done.wait)
            while limiter.available_tokens:
                await anyio.sleep(0)
            assert await ask(away, threading.get_ident) != threading.get_ident()
            done.set()

    anyio.run(scenario)


def test_what_is_on_the_own_disk_is_read_at_once() -> None:
    asked = anyio.run(ask, SimpleNamespace(is_at_hand=True), threading.get_ident)
    assert asked == threading.get_ident()
