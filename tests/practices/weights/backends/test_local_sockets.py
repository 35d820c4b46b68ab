"""A socket is bound and reached below a path that no address would hold."""

import socket
from pathlib import Path

import pytest

from kept.errors import Invalid
from kept.practices.weights.backends.local_sockets import address


def test_a_socket_far_down_is_bound_where_it_was_named_and_reached(tmp_path: Path) -> None:
    path = tmp_path / ("deep" * 30) / "broker.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as link:
        with address(path) as short:
            listener.bind(short)
        listener.listen()
        assert path.is_socket()
        with address(path) as short:
            link.connect(short)
        heard, _ = listener.accept()
        heard.sendall(b"here")
        assert link.recv(4) == b"here"
        heard.close()


def test_a_name_that_is_too_long_or_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="too long for a socket"), address(tmp_path / ("x" * 65)):
        pass
    with pytest.raises(FileNotFoundError), address(tmp_path / "none" / "broker.sock"):
        pass
