"""What members of a group decide: the digest of a draft, and the one result that its signed votes have."""

from kept.practices.sharing.methods.groups.deciding import check_draft, digest_of, result

__all__ = ["check_draft", "digest_of", "result"]
