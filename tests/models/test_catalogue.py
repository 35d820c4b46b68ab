import pytest

from kept import models
from kept.errors import Invalid, NotFound
from kept.models.options import ModelOptions


def test_an_unknown_scheme_names_the_nearest() -> None:
    with pytest.raises(Invalid, match="'openai'") as caught:
        models.open_model("openia:http://127.0.0.1:8000/v1#m")
    assert caught.value.code == "models.unknown-scheme"


@pytest.mark.parametrize("uri", ["", "organism", "nothing-like-it:x", "://"])
def test_a_uri_without_a_known_scheme_is_invalid(uri: str) -> None:
    with pytest.raises(Invalid):
        models.open_model(uri)


def test_only_models_that_were_planted_have_a_truth() -> None:
    assert models.truth("organism:rules?seed=3")["seed"] == 3
    with pytest.raises(NotFound) as caught:
        models.truth("openai:http://127.0.0.1:8000/v1#m")
    assert caught.value.code == "models.no-truth"


def test_the_catalogue_names_every_scheme() -> None:
    schemes = {entry["uri"].partition(":")[0] for entry in models.catalogue()}
    assert schemes == set(models.SCHEMES)


def test_options_digest_what_belongs_to_the_identity() -> None:
    plain = models.open_model("organism:rules?seed=1")
    told = models.open_model("organism:rules?seed=1", options=ModelOptions(system_prompt="Be brief."))
    assert plain.identity.system_prompt == ""
    assert told.identity.system_prompt.startswith("sha256:")
    assert plain.identity.id != told.identity.id
    assert plain.identity.evidence == told.identity.evidence
