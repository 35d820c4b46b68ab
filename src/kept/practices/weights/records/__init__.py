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
    runtimes_attested: tuple[str, ...] = ()
    """Which runtimes first show what they are, and how: "inference measured:ed25519:KEY:DIGEST"; docs/leases.md."""
    watchers: tuple[str, ...] = ("provider", "watcher")
    """The roles that may see the watch page; it shows pseudonyms alone."""
    alerts_a_day: int = 1
    """How many people the ranked queue of insider detection shows a day."""
    false_alarms: float = 0.01
    """The largest share of innocent people whom its test with a guarantee ever accuses."""
    watch_seconds: int = 60
    """How often the broker looks at what it wrote, for alarms."""
    watch_zone: str = "UTC"
    """The time zone in which days end and hours are late, as "Europe/Berlin"."""
    broker_socket: str = ""
    """The Unix socket on which the broker listens; broker.sock in the workspace's state folder without it."""
    broker_peers: tuple[str, ...] = ()
    """The users (by number) who may speak to it, and as whom: "1001 alice bob". Its own user alone, if none."""
    broker_listen: str = ""
    """HOST:PORT on which other hosts reach it over mutual TLS; they don't, without it."""
    broker_certificate: str = "keys/broker.pem"
    """Its certificate and private key, as PEM in one file."""
    broker_clients: str = "keys/broker-clients.pem"
    """The certificates of other hosts, or of who issues them, as PEM."""
    broker_holders: tuple[str, ...] = ()
    """Whose each certificate is, and on which host: "SHA-256 HOLDER HOST", by its digest in hex."""
    budgets: tuple[str, ...] = (
        "person 1d 500GB",
        "person 30d 5TB",
        "export person 1d 100GB",
        "export everyone 30d 1TB",
    )
    """How much may leave: "person|team|host|everyone SPAN BYTES", with "export" before it for exports alone."""
    teams: tuple[str, ...] = ()
    """Who is of which team: "alignment: alice bob"."""
    runtimes: tuple[str, ...] = ("inference", "training", "tracing")
    """Into what unmarked weights may go, as leases name it: "inference", or on one host alone, "inference@gpu-1"."""
    reserve_ahead: int = 64_000_000
    """How many bytes are set aside ahead of what is read, so that a small read waits for no disk."""
    summary_hours: int = 24
    """How often the broker records how much was read."""
