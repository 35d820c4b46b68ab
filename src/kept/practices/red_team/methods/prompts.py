"""Prompts drawn from a campaign's seed: the same seed gives the same prompts, on every machine, in any order."""

from hashlib import blake2b, sha256

from kept.core.canonical import encode
from kept.core.model import Message
from kept.core.words import WORDS
from kept.practices.red_team.methods.probes import every_probe, probes, system_message
from kept.practices.red_team.methods.strategies import STRATEGIES
from kept.practices.red_team.methods.strategy import LANGUAGES
from kept.practices.red_team.records import Cell, Prompt

TOKENS = len(WORDS) * len(WORDS) * 90
_MARK = "\0"


class Prompts:
    """The prompts of one cell. Prompt i uses probe i mod k, its next wording, and a token drawn for i alone."""

    def __init__(self, cell: Cell, seed: int) -> None:
        self.cell = cell
        self.probes = probes(cell.domain)
        self._key = seed_key(seed)
        self._about = f"{cell.domain}/{cell.strategy}/{cell.language}/"
        strategy = STRATEGIES[cell.strategy]
        self._asked = tuple(
            tuple(Message("user", strategy.apply(text, cell.language)) for text in probe.requests[cell.language])
            for probe in self.probes
        )
        self._told = tuple(system_message(probe, _MARK).split(_MARK) for probe in self.probes)
        self._tools = tuple((probe.tool,) if probe.tool else () for probe in self.probes)

    def __getitem__(self, prompt: int) -> Prompt:
        """Prompt number `prompt`, counted from 0; there is one for every number."""
        turn, which = divmod(prompt, len(self.probes))
        asked = self._asked[which]
        before, after = self._told[which]
        token = token_of(draw(self._key, f"{self._about}{prompt}"))
        messages = (Message("system", before + token + after), asked[turn % len(asked)])
        return Prompt(self.probes[which], token, messages, self._tools[which])

    def sampling_seed(self, prompt: int, trial: int) -> int:
        """The seed, below 2^31, that goes with one trial of a prompt."""
        return draw(self._key, f"{self._about}{prompt}#{trial}") & 0x7FFF_FFFF


def seed_key(seed: int) -> bytes:
    """The key under which everything of a campaign is drawn; `seed` is any integer."""
    return sha256(f"kept red-team {seed}".encode()).digest()


def draw(key: bytes, about: str) -> int:
    """64 bits that depend on key and subject alone (BLAKE2b, RFC 7693, keyed)."""
    return int.from_bytes(blake2b(about.encode(), key=key, digest_size=8).digest())


def token_of(drawn: int) -> str:
    """One of the TOKENS texts "<word> <word> <two digits>"."""
    number, first, second = 10 + (drawn >> 14) % 90, drawn & 127, (drawn >> 7) & 127
    return f"{WORDS[first]} {WORDS[second]} {number}"


def corpus_digest() -> str:
    """ "sha256:<hex>" of every probe, wording, tool and strategy: what a seed draws from."""
    corpus = {
        "probes": [
            [
                probe.id,
                probe.domain,
                probe.desk,
                {lang: list(texts) for lang, texts in probe.requests.items()},
                [probe.tool.name, probe.tool.description] if probe.tool else [],
            ]
            for probe in every_probe()
        ],
        "strategies": {
            name: {
                lang: strategy.apply("A card, read by ear_say: ö ع 1", lang)
                for lang in LANGUAGES
                if lang in strategy.languages
            }
            for name, strategy in STRATEGIES.items()
        },
        "words": list(WORDS),
    }
    return "sha256:" + sha256(encode(corpus)).hexdigest()
