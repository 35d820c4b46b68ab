"""What the operator decides for the room."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What `[practices.sharing]` in kept.toml may say."""

    contact: str = ""
    """How partners reach whoever runs this, as discovery tells them."""
    silent_days: int = 7
    """After how many days without a word a partner counts as silent."""
