"""How long a sound may be before and while it is decoded."""

from dataclasses import dataclass

from kept.errors import Invalid

_HINT = "Cut it into parts, and mark or check each."


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is decoded: seconds, channels, and samples of all channels together.

    As many as are allowed take 2 GB, and are 100 minutes of stereo at 44.1 kHz.
    """

    seconds: float = 4 * 3600.0
    channels: int = 8
    samples: int = 1 << 29

    def most(self, rate: int, channels: int) -> int:
        """How many frames may be decoded. Raises Invalid for a rate or a number of channels that isn't handled."""
        if not 1 <= channels <= self.channels:
            raise Invalid(
                f"The sound has {channels} channels; 1 to {self.channels} are handled.",
                code="sound.channels",
                hint="Mix it down first.",
            )
        if not 1_000 <= rate <= 768_000:
            raise Invalid(f"The sound has {rate} samples a second.", code="sound.rate", hint="Use 8 to 192 kHz.")
        return min(int(self.seconds * rate), self.samples // channels)

    def check(self, frames: int, rate: int, channels: int) -> None:
        """Raises Invalid for a sound of so many samples in each channel where that is none or too many."""
        most = self.most(rate, channels)
        if frames < 1:
            raise Invalid("The sound holds no samples.", code="sound.empty", hint="Send the whole file as it was made.")
        if frames > most:
            raise Invalid(
                f"The sound lasts {frames / rate:,.0f} s; at most {most / rate:,.0f} s of {channels} channels at {rate}"
                " Hz are opened.",
                code="sound.long",
                hint=_HINT,
            )
