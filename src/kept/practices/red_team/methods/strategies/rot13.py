"""The request with each letter moved by half of its alphabet: 13 of 26 Latin, 14 of 28 Arabic letters."""

from kept.practices.red_team.methods.strategy import decoding, substitution

LATIN = "abcdefghijklmnopqrstuvwxyz"
ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


def _half_turn(alphabet: str) -> dict[int, int]:
    half = len(alphabet) // 2
    return dict(zip(map(ord, alphabet), map(ord, alphabet[half:] + alphabet[:half]), strict=True))


TABLE = _half_turn(LATIN) | _half_turn(LATIN.upper()) | _half_turn(ARABIC)

STRATEGY = decoding(
    "rot13", "each letter moved by half of its alphabet, Latin or Arabic", substitution(TABLE), called="rot13"
)
