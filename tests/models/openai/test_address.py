import pytest

from kept.errors import Invalid
from kept.models.openai.address import Address


def test_the_address_names_url_and_model() -> None:
    address = Address.parse("openai:http://127.0.0.1:8000/v1/#my-org/my%20model")
    assert (address.base, address.model) == ("http://127.0.0.1:8000/v1", "my-org/my model")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.9.1:80"])
def test_plain_http_is_taken_to_the_own_machine(host: str) -> None:
    assert Address.parse(f"openai:http://{host}/v1#m").key_variable == "OPENAI_API_KEY"


def test_plain_http_to_another_machine_must_be_allowed_and_carries_no_default_key() -> None:
    with pytest.raises(Invalid, match="plain-http=allow") as refused:
        Address.parse("openai:http://gpu.example/v1#m")
    assert refused.value.code == "model.address.plain-http"
    assert Address.parse("openai:http://gpu.example/v1?plain-http=allow#m").key_variable == ""
    assert Address.parse("openai:http://gpu.example/v1?plain-http=allow&key=GPU_KEY#m").key_variable == "GPU_KEY"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("openai:http://127.0.0.1:8000/v1", "no-model"),
        ("openai:http://127.0.0.1:8000/v1#", "no-model"),
        ("openai:http://127.0.0.1:8000/v1#%00", "no-model"),
        ("openai:http://ann:hunter2@127.0.0.1/v1#m", "credentials"),
        ("openai:https://hunter2@api.example/v1#m", "credentials"),
        ("openai:ftp://127.0.0.1/v1#m", "malformed"),
        ("openai:127.0.0.1:8000/v1#m", "malformed"),
        ("openai:http://127.0.0.1:99999/v1#m", "malformed"),
        ("openai:http://[::1/v1#m", "malformed"),
        ("openai:http:///v1#m", "malformed"),
        ("openai:http://127.0.0.1/v1#m\n", "malformed"),
        ("openai:http://127.0.0.1/" + "v" * 3000 + "#m", "malformed"),
        ("openai:https://api.example/v1?key=sk-hunter2#m", "key"),
        ("openai:https://api.example/v1?api_key=hunter2#m", "option"),
        ("openai:https://api.example/v1?key=A&key=B#m", "option"),
        ("openai:https://api.example/v1?plain-http=yes#m", "option"),
        ("openai:https://api.example/v1?identity=md5:1#m", "identity"),
        ("openai:https://api.example/v1?timeout=0#m", "option"),
        ("openai:https://api.example/v1?timeout=1e3#m", "option"),
        ("openai:https://api.example/v1?timeout=3601#m", "option"),
        ("openai:https://api.example/v1?retries=-1#m", "option"),
        ("openai:https://api.example/v1?retries=21#m", "option"),
    ],
)
def test_a_wrong_uri_is_refused_without_repeating_what_may_be_a_secret(uri: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Address.parse(uri)
    assert refused.value.code == f"model.address.{code}"
    assert refused.value.hint
    assert "hunter2" not in str(refused.value)


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "default\n")
    monkeypatch.setenv("OTHER", "other")
    assert Address.parse("openai:https://api.example/v1#m").secret() == "default"
    assert Address.parse("openai:https://api.example/v1?key=OTHER#m").secret() == "other"
    monkeypatch.delenv("OPENAI_API_KEY")
    assert Address.parse("openai:https://api.example/v1#m").secret() == ""


def test_a_named_key_that_is_missing_or_unsendable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    address = Address.parse("openai:https://api.example/v1?key=OTHER#m")
    monkeypatch.delenv("OTHER", raising=False)
    with pytest.raises(Invalid, match="Set OTHER"):
        address.secret()
    monkeypatch.setenv("OTHER", "hunter2\r\nX-Evil: 1")
    with pytest.raises(Invalid) as refused:
        address.secret()
    assert "hunter2" not in str(refused.value)


def test_a_slow_endpoint_is_given_the_time_that_its_uri_says() -> None:
    assert Address.parse("openai:https://api.example/v1#m").timeout_s is None
    told = Address.parse("openai:https://api.example/v1?timeout=300&retries=0#m")
    assert (told.timeout_s, told.retries) == (300, 0)
