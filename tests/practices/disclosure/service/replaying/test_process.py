"""The worker's process, confined, does its work where store and model are reached over a network, too."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kept.practices.disclosure.service import Service
from kept.predicates.disclosure_replay import CONFINEMENTS
from simulators import replay_room
from simulators.served_endpoint import served


def opening(uri: str) -> Any:
    return lambda address, **options: replay_room.open_model(uri if address == "assistant" else address, **options)


def test_a_model_that_is_called_by_name_and_either_store(tmp_path: Path, url: str) -> None:
    if socket := dict(parse_qsl(urlsplit(url).query)).get("host"):
        Path(socket).chmod(0o755)  # root without its capabilities is a stranger to the server's user
    with served() as endpoint:
        uri = f"openai:http://localhost:{urlsplit(endpoint.base).port}/v1#ok"
        with replay_room.opened(tmp_path, url=url, names={"assistant": uri}, open_model=opening(uri)) as opened:
            place = opened.context.workspace.folder / "kept.toml"
            told = place.read_text().replace("[models]\n", f'[models]\nassistant = "{uri}"\n')
            place.write_text(told.replace('url = "sqlite:///store.db"', f'url = "{url}"'))
            context = replace(opened.context, workspace=type(opened.context.workspace).load(place.parent))
            room = replace(opened, context=context, service=Service(context)).ready()
            (tmp_path / "worker.age").write_text(str(room.worker))
            made = room.reported(replay_room.report(severity="low"))
            found = asyncio.run(room.service.replay(made, identity=tmp_path / "worker.age", by=room.actor))
    assert (found.state, found.made, found.requests) == ("recorded", 20, 20), found.problem
    assert found.results[0].outcomes == "r" * 20
    assert found.confinement == CONFINEMENTS
