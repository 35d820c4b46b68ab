"""The nouns of the room: sealed files, leases, reads, people who are watched, and traces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What `[practices.weights]` in kept.toml may say."""

    kek: str = "file:keys/weights.kek"
    """The key that wraps one half of each file key: file:, pkcs11:, awskms: or vault:."""
    quorum: int = 2
    """How many custodians release a file key together."""
    break_glass: str = ""
    """The public X25519 key, in hex, of a safe that replaces the custodians of what is sealed from now on; or none."""
    longest_lease_hours: int = 168
    """For how long weights may be lent at most."""
    break_glass_minutes: int = 60
    """For how long, at most, one person may have weights without the custodians."""
    review_days: int = 3
    """Within how many days two others review that."""
    watchers: tuple[str, ...] = ("provider", "watcher")
    """The roles that may see the watch page; it shows pseudonyms alone."""
