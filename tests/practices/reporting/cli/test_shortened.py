"""Long things as people read them."""

from kept.practices.reporting.cli.shortened import shortened


def test_a_digest_is_shortened() -> None:
    assert shortened(f"sha256:{'ab' * 32} bio") == "abababababab… bio"
    assert shortened("sha256:abc") == "sha256:abc"
