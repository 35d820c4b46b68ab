"""A wrapping key in AWS KMS, which moto stands for."""

import os
import sys
from pathlib import Path

import pytest

from kept.core.keys.wrapping import Reach, create, open_wrapper
from kept.errors import Denied, Invalid, NotFound, Unavailable

REACH = Reach(Path(), lambda: b"", os.urandom, {})
URI = "awskms:alias/kept?region=us-east-1"
CONTEXT = {"purpose": "file"}


@pytest.fixture
def kms(monkeypatch):
    moto = pytest.importorskip("moto", reason="moto is not installed")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-the-test")
    with moto.mock_aws():
        import boto3

        yield boto3.client("kms", region_name="us-east-1")


def test_an_alias_an_id_and_an_arn_are_one_key(kms):
    made = create(URI, REACH)
    found = kms.describe_key(KeyId="alias/kept")["KeyMetadata"]
    for name in (found["KeyId"], found["Arn"]):
        other = open_wrapper(f"awskms:{name}?region=us-east-1", REACH)
        assert other.unwrap(made.wrap(bytes(32), CONTEXT), CONTEXT) == bytes(32)
        assert other.key_id == made.key_id
    assert found["Arn"] not in made.key_id


def test_a_key_is_made_under_an_alias_only(kms):
    with pytest.raises(Invalid):
        create("awskms:1234?region=us-east-1", REACH)


def test_a_disabled_key_is_denied(kms):
    create(URI, REACH)
    kms.disable_key(KeyId=kms.describe_key(KeyId="alias/kept")["KeyMetadata"]["KeyId"])
    with pytest.raises(Denied):
        open_wrapper(URI, REACH)


def test_an_asymmetric_key_is_invalid(kms):
    made = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    with pytest.raises(Invalid):
        open_wrapper(f"awskms:{made}?region=us-east-1", REACH)


def test_a_destroyed_key_is_pending_for_the_least_time(kms):
    made = create(URI, REACH)
    name = kms.describe_key(KeyId="alias/kept")["KeyMetadata"]["KeyId"]
    made.destroy()
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    with pytest.raises(Denied):
        open_wrapper(f"awskms:{name}?region=us-east-1", REACH)


@pytest.mark.parametrize(
    "uri",
    [
        "awskms:?region=eu-west-1",
        "awskms:k?secret=1",
        "awskms:k?region=r&endpoint=http://kms.example",
        "awskms:" + "k" * 600,
    ],
)
def test_a_malformed_uri_is_invalid(uri):
    with pytest.raises(Invalid):
        open_wrapper(uri, REACH)


def test_a_service_that_is_not_there_is_unavailable(monkeypatch):
    pytest.importorskip("boto3", reason="boto3 is not installed")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-test")
    with pytest.raises(Unavailable):
        open_wrapper("awskms:alias/kept?region=us-east-1&endpoint=http://127.0.0.1:9", REACH)


def test_without_credentials_or_region_it_is_unavailable(monkeypatch, tmp_path):
    pytest.importorskip("boto3", reason="boto3 is not installed")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for uri in ("awskms:alias/kept", "awskms:alias/kept?region=us-east-1"):
        with pytest.raises(Unavailable):
            open_wrapper(uri, REACH)


def test_without_the_package_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(Unavailable) as caught:
        open_wrapper(URI, REACH)
    assert "kept[kms]" in caught.value.hint


def test_what_is_missing_is_not_found(kms):
    with pytest.raises(NotFound):
        open_wrapper("awskms:alias/other?region=us-east-1", REACH)
