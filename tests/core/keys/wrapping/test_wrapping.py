"""Addresses of wrapping keys, and what wrapped keys are bound to."""

import os
from pathlib import Path

import pytest

from kept.core.keys.wrapping import Reach, bound, create, open_wrapper
from kept.errors import Invalid

REACH = Reach(Path(), lambda: b"passphrase", os.urandom, {})


@pytest.mark.parametrize("uri", ["", "file", "file:", "gcpkms:key", "FILE:x", "-----BEGIN PRIVATE KEY-----: secret"])
def test_an_unknown_address_is_invalid_and_not_repeated(uri):
    for use in (open_wrapper, create):
        with pytest.raises(Invalid) as caught:
            use(uri, REACH)
        assert "secret" not in str(caught.value)
        assert "file:" in caught.value.hint


@pytest.mark.parametrize("context", [{}, {"": "x"}, {"x": ""}, {"x": "y" * 257}, {str(n): "y" for n in range(9)}])
def test_a_context_that_says_nothing_or_too_much_is_invalid(context):
    with pytest.raises(Invalid) as caught:
        bound(context)
    assert caught.value.code == "wrap.context"


def test_contexts_that_differ_are_bound_as_different_bytes():
    contexts = [{"a": "b", "c": "d"}, {"a": "bc", "d": "d"}, {"ab": "c", "d": "d"}, {"a": 'b","c":"d'}]
    assert len({bound(each) for each in contexts}) == len(contexts)
    assert bound({"a": "b", "c": "d"}) == bound({"c": "d", "a": "b"})


def test_what_a_driver_is_given_shows_no_secret():
    assert "passphrase" not in repr(Reach(Path(), lambda: b"passphrase", os.urandom, {"SECRET": "passphrase"}))
