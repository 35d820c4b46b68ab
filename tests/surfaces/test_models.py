import asyncio
import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from kept.core.model import Message, Request
from kept.errors import Invalid
from kept.models import open_model
from kept.surfaces.models import models

URI = "organism:rules?seed=3"


def test_the_list_names_every_form_of_uri() -> None:
    result = CliRunner().invoke(models, ["list", "--json"])
    schemes = {entry["uri"].split(":")[0] for entry in json.loads(result.stdout)}
    assert schemes == {"organism", "openai", "hf"}
    shown = CliRunner().invoke(models, ["list"]).stdout
    assert "organism:learned" in shown
    assert "organism:agent?seed=N" in shown


@pytest.mark.parametrize("uri", [URI, "organism:agent?seed=3"])
def test_the_truth_is_printed_as_json(uri: str) -> None:
    result = CliRunner().invoke(models, ["truth", uri])
    assert result.exit_code == 0
    assert json.loads(result.stdout)


def test_a_key_that_is_none_is_refused_before_anything_is_served() -> None:
    result = CliRunner().invoke(models, ["serve", URI, "--key-env", "NO_SUCH_KEY"])
    assert isinstance(result.exception, Invalid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_model_is_served_until_it_is_told_to_stop(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "kept", "models", "serve", URI, "--port", "0", "--json"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as server:
        try:
            assert server.stdout is not None
            announced = _document(server.stdout)
            question = Request((Message("user", "hello"),), seed=1)
            for uri in (announced["uri"], announced["pinned"]):
                assert asyncio.run(_asked(uri, question)) == asyncio.run(_asked(URI, question))
            server.send_signal(number)
            _, complaints = server.communicate(timeout=15)
            assert (server.returncode, complaints) == (0, b"")
        finally:
            server.kill()


def _document(stream: Any) -> dict[str, Any]:
    lines = b""
    while not lines.endswith(b"}\n"):
        line = stream.readline()
        assert line, "the server ended before it said where it listens"
        lines += line
    document: dict[str, Any] = json.loads(lines)
    return document


async def _asked(uri: str, question: Request) -> Any:
    model = open_model(uri)
    try:
        return await model.answer(question)
    finally:
        await model.close()
