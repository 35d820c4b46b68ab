"""The server's half of reading a request: strict, since what is silently ignored would change a result."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from kept.core.model import Message, Request, Role, Sampling, Tool, ToolCall
from kept.errors import Invalid
from kept.models.openai.codec import Wanted, decode_json

Item = TypeVar("Item")

MESSAGES_LIMIT: Final = 4096
TOOLS_LIMIT: Final = 128
STOPS_LIMIT: Final = 4
TOKENS_LIMIT: Final = 1 << 20
DEPTH: Final = 64

_ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_READ: Final = frozenset(
    "model messages temperature top_p max_tokens max_completion_tokens seed tools".split()
    + "logprobs stop stream stream_options".split()
)
# Options that are taken as long as they ask for nothing.
_NEUTRAL: Final[dict[str, tuple[Any, ...]]] = {
    "n": (1,),
    "frequency_penalty": (0, None),
    "presence_penalty": (0, None),
    "logit_bias": (None, {}),
    "top_logprobs": (0, None),
    "tool_choice": ("auto", None),
    "parallel_tool_calls": (True, None),
    "response_format": ({"type": "text"}, None),
}
# Options that say nothing about the answer itself.
_INERT: Final = frozenset({"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key"})


def decode_request(data: bytes) -> Wanted:
    """What a request body asks for. Raises Invalid, naming the field and, where it is one, the option not offered."""
    document = decode_json(data, malformed=_malformed)
    if not isinstance(document, dict):
        raise _invalid("The body", "is a JSON object")
    for name in document.keys() - _READ - _INERT:
        if name not in _NEUTRAL or document[name] not in _NEUTRAL[name]:
            raise Invalid(f"`{name[:64]}` is not offered here with this value.", code="request.unsupported")
    options = document.get("stream_options") or {}
    if not isinstance(options, dict):
        raise _invalid("`stream_options`", "is an object")
    return Wanted(
        model=_text(document.get("model"), "`model`"),
        request=Request(
            messages=_each(document.get("messages"), "messages", _message, limit=MESSAGES_LIMIT),
            sampling=_sampling(document),
            seed=_seed(document.get("seed")),
            tools=_each(document.get("tools") or [], "tools", _tool, limit=TOOLS_LIMIT, least=0),
            logprobs=_flag(document, "logprobs"),
        ),
        stop=_stop(document),
        stream=_flag(document, "stream"),
        stream_usage=_flag(options, "include_usage"),
    )


def _malformed(why: str) -> Invalid:
    return Invalid(f"The body is {why}", code="request.malformed")


def _sampling(document: dict[str, Any]) -> Sampling:
    default = Sampling()
    tokens = document.get("max_completion_tokens")
    tokens = document.get("max_tokens") if tokens is None else tokens
    tokens = default.max_tokens if tokens is None else tokens
    if type(tokens) is not int or not 1 <= tokens <= TOKENS_LIMIT:
        raise _invalid("`max_tokens`", f"is a whole number from 1 to {TOKENS_LIMIT}")
    # 1.0 is what the published interface says of a request that names no temperature.
    temperature = _within(document, "temperature", default=1.0, high=2.0)
    return Sampling(temperature, _within(document, "top_p", default=default.top_p, high=1.0), tokens)


def _within(document: dict[str, Any], name: str, *, default: float, high: float) -> float:
    value = document.get(name)
    if value is None:
        return default
    if type(value) not in (int, float) or not 0 <= value <= high:
        raise _invalid(f"`{name}`", f"is a number from 0 to {high:g}")
    return float(value)


def _seed(value: Any) -> int | None:
    if value is not None and (type(value) is not int or not -(2**63) <= value < 2**63):
        raise _invalid("`seed`", "is a whole number of 64 bits")
    return value


def _stop(document: dict[str, Any]) -> tuple[str, ...]:
    value = document.get("stop") or []
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or len(texts) > STOPS_LIMIT or "" in texts:
        raise _invalid("`stop`", f"is a text, or a list of at most {STOPS_LIMIT}")
    if texts and _flag(document, "logprobs"):
        raise Invalid("`stop` is not offered here with `logprobs`.", code="request.unsupported")
    return tuple(_text(text, "`stop`, in each entry,") for text in texts)


def _message(document: dict[str, Any], where: str) -> Message:
    role = document.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise _invalid(f"{where}.role", f"is one of {', '.join(_ROLES)}")
    calls = _each(document.get("tool_calls") or [], f"{where}.tool_calls", _call, limit=TOOLS_LIMIT, least=0)
    content = document.get("content")
    if content is None and (calls or document.get("refusal")):
        content = document.get("refusal") or ""
    called = _text(document.get("tool_call_id", ""), f"{where}.tool_call_id")
    return Message(_ROLES[role], _content(content, where), calls, called)


def _content(content: Any, where: str) -> str:
    if not isinstance(content, list):
        return _text(content, f"{where}.content")
    parts = [part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None for part in content]
    return "".join(_text(part, f"{where}.content, in each part,") for part in parts)


def _call(document: dict[str, Any], where: str) -> ToolCall:
    function = document.get("function")
    if not isinstance(function, dict):
        raise _invalid(f"{where}.function", "is an object")
    return ToolCall(
        _text(document.get("id"), f"{where}.id"),
        _text(function.get("name"), f"{where}.name"),
        _text(function.get("arguments"), f"{where}.arguments"),
    )


def _tool(document: dict[str, Any], where: str) -> Tool:
    function = document.get("function")
    if document.get("type", "function") != "function" or not isinstance(function, dict):
        raise _invalid(where, "is a function")
    parameters = function.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise _invalid(f"{where}.parameters", "is an object")
    _check_depth(parameters, f"{where}.parameters")
    description = _text(function.get("description") or "", f"{where}.description")
    return Tool(_text(function.get("name"), f"{where}.name"), description, parameters)


def _check_depth(value: Any, where: str) -> None:
    level = [value]
    for _ in range(DEPTH):
        children = [
            item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)
        ]
        level = [child for group in children for child in group]
        if not level:
            return
    raise _invalid(where, f"is nested at most {DEPTH} deep")


def _each(
    value: Any, name: str, read: Callable[[dict[str, Any], str], Item], *, limit: int, least: int = 1
) -> tuple[Item, ...]:
    if not isinstance(value, list) or not least <= len(value) <= limit:
        raise _invalid(f"`{name}`", f"is a list of {least} to {limit} objects")
    if not all(isinstance(item, dict) for item in value):
        raise _invalid(f"`{name}`", "is a list of objects")
    return tuple(read(item, f"{name}[{position}]") for position, item in enumerate(value))


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise _invalid(what, "is text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Invalid(f"{what} holds half of a surrogate pair.", code="request.invalid") from error
    return value


def _flag(document: dict[str, Any], name: str) -> bool:
    value = document.get(name)
    if value not in (None, True, False):
        raise _invalid(f"`{name}`", "is true or false")
    return bool(value)


def _invalid(what: str, expected: str) -> Invalid:
    return Invalid(f"{what} {expected}.", code="request.invalid")
