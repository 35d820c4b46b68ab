"""A wrapping key in Vault's transit engine: untested against a real server, for which a stub of its API stands."""

import os
import traceback
from pathlib import Path

import pytest

from kept.core.keys.wrapping import Reach, create, open_wrapper
from kept.errors import Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from simulators.transit import TOKEN, transit

CONTEXT = {"purpose": "file"}


@pytest.fixture
def stub():
    with transit() as found:
        yield found


def reach(stub, **environ):
    return Reach(Path(), lambda: b"", os.urandom, {**stub.environ, **environ})


def test_the_context_is_the_servers_associated_data(stub):
    made = create("vault:kek", reach(stub))
    wrapped = made.wrap(bytes(32), CONTEXT)
    assert wrapped.startswith(b"vault:v1:")
    assert stub.seen[-1] == "POST /v1/transit/encrypt/kek"


@pytest.mark.parametrize(("field", "value"), [("exportable", True), ("allow_plaintext_backup", True)])
def test_a_key_that_could_leave_is_denied(stub, field, value):
    create("vault:kek", reach(stub))
    stub.keys["kek"][field] = value
    with pytest.raises(Denied) as caught:
        open_wrapper("vault:kek", reach(stub))
    assert caught.value.code == "wrap.extractable"


def test_a_key_of_another_kind_is_invalid(stub):
    create("vault:kek", reach(stub))
    stub.keys["kek"]["type"] = "rsa-4096"
    with pytest.raises(Invalid):
        open_wrapper("vault:kek", reach(stub))


def test_a_wrong_token_is_denied_and_shown_nowhere(stub):
    create("vault:kek", reach(stub))
    wrong = "another" + "-token"
    with pytest.raises(Denied) as caught:
        open_wrapper("vault:kek", reach(stub, VAULT_TOKEN=wrong))
    assert wrong not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((500, {}, b"{}"), Unavailable),
        ((503, {}, b'{"errors":["Vault is sealed"]}'), Unavailable),
        ((307, {"Location": "http://127.0.0.1:9/"}, b""), Unavailable),
        ((200, {}, b"<html>"), Invalid),
        ((200, {}, b"[" * 60_000), Invalid),
        ((200, {}, b'{"data":"' + b"x" * 70_000 + b'"}'), Invalid),
        ((200, {}, b""), Unverified),
        ((200, {}, b"[]"), Unverified),
        ((200, {}, b'{"data":{"plaintext":"AAAA"}}'), Unverified),
        ((200, {}, b'{"data":{"plaintext":"!"}}'), Unverified),
        ((200, {}, b'{"data":{"plaintext":7}}'), Unverified),
    ],
)
def test_a_bad_answer_is_no_key(stub, answer, kind):
    made = create("vault:kek", reach(stub))
    wrapped = made.wrap(bytes(32), CONTEXT)
    stub.answer = answer
    with pytest.raises(kind) as caught:
        made.unwrap(wrapped, CONTEXT)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "body", [b"", b'{"data":{}}', b'{"data":{"ciphertext":""}}', b'{"data":{"ciphertext":"\xc3\xa4"}}']
)
def test_a_bad_ciphertext_is_unavailable(stub, body):
    made = create("vault:kek", reach(stub))
    stub.answer = (200, {}, body)
    with pytest.raises(Unavailable):
        made.wrap(bytes(32), CONTEXT)


def test_a_redirection_takes_the_token_nowhere(stub):
    with transit() as thief:
        stub.answer = (302, {"Location": f"{thief.address}/v1/transit/keys/kek"}, b"")
        with pytest.raises(Unavailable):
            open_wrapper("vault:kek", reach(stub))
        assert thief.seen == []


@pytest.mark.parametrize(
    "environ",
    [
        {"VAULT_ADDR": "http://vault.example:8200"},
        {"VAULT_ADDR": "ftp://127.0.0.1"},
        {"VAULT_ADDR": "file:///etc/passwd"},
        {"VAULT_ADDR": "https://user:secret@vault.example"},
        {"VAULT_TOKEN": "two\nlines"},
    ],
)
def test_another_server_than_one_over_https_is_invalid(stub, environ):
    with pytest.raises(Invalid) as caught:
        open_wrapper("vault:kek", reach(stub, **environ))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("variable", ["VAULT_ADDR", "VAULT_TOKEN"])
def test_what_the_environment_lacks_is_named(stub, variable):
    with pytest.raises(NotFound, match=variable):
        open_wrapper("vault:kek", reach(stub, **{variable: ""}))


@pytest.mark.parametrize("uri", ["vault:../sys", "vault:a/b", "vault:k?mount=../x", "vault:k?token=x", "vault:-k"])
def test_a_malformed_uri_is_invalid(stub, uri):
    with pytest.raises(Invalid):
        open_wrapper(uri, reach(stub))


def test_a_server_that_is_not_there_is_unavailable(stub):
    with pytest.raises(KeptError) as caught:
        open_wrapper("vault:kek", reach(stub, VAULT_ADDR="http://127.0.0.1:9"))
    assert isinstance(caught.value, Unavailable)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
