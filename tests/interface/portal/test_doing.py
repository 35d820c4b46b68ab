"""What a page asks for is done beside the loop that answers others."""

import asyncio
from threading import Event, get_ident

import pytest

from kept.errors import Conflict
from kept.interface.portal import do


@pytest.mark.parametrize("is_async", [False, True])
def test_the_loop_goes_on_while_it_is_done(is_async: bool) -> None:
    free = Event()

    def done() -> int:
        assert free.wait(10), "the loop stood still"
        return get_ident()

    async def verb() -> int:
        return done()

    async def main() -> tuple[int, int]:
        doing = asyncio.ensure_future(do(verb if is_async else done))
        await asyncio.sleep(0)
        free.set()
        return await doing, get_ident()

    there, here = asyncio.run(main())
    assert there != here


def test_what_it_raises_is_raised() -> None:
    async def verb() -> None:
        raise Conflict("It is taken.")

    with pytest.raises(Conflict):
        asyncio.run(do(verb))
