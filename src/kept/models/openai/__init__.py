"""A model behind an endpoint that speaks OpenAI's chat completions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kept.models.openai.client import EndpointModel
    from kept.models.options import ModelOptions


def open_model(uri: str, options: "ModelOptions") -> "EndpointModel":
    """The model that `openai:<base URL>[?<options>]#<model>` names.

    Nothing is sent until the first question. Raises Invalid for a malformed URI or a missing key.
    """
    from kept.models.openai.address import Address
    from kept.models.openai.client import EndpointModel

    return EndpointModel(Address.parse(uri), options)
