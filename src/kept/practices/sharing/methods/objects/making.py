"""Makes circumvention patterns: the fingerprints follow from the template, so that nothing else can be in them."""

from collections.abc import Mapping, Sequence

from kept.practices.sharing.methods import templates
from kept.practices.sharing.methods.fingerprints import encode, hashes, minhash_of, sketch_of
from kept.practices.sharing.methods.fingerprints.grams import Hashes
from kept.practices.sharing.methods.normalising import normalise
from kept.practices.sharing.methods.placeholders import PLACEHOLDERS
from kept.practices.sharing.records.contents import Circumvention, Slot


def circumvention(
    technique: str,
    turns: Sequence[str],
    slots: Mapping[str, str],
    *,
    languages: Sequence[str] = ("en",),
    domains: Sequence[str] = (),
) -> Circumvention:
    """A pattern from its turns and the kind of each slot. Raises Invalid for a kind, a technique or a domain that there
    isn't, and where turns and slots don't agree."""
    described = tuple(
        Slot.of(name=name, kind=kind, examples=PLACEHOLDERS.get(kind, ())) for name, kind in slots.items()
    )
    templates.check(turns, described)
    sketch, minhash = fingerprints(turns, described)
    return Circumvention.of(
        technique=technique,
        turns=tuple(turns),
        slots=described,
        languages=tuple(languages),
        domains=tuple(domains),
        sketch=sketch,
        minhash=minhash,
    )


def fingerprints(turns: Sequence[str], slots: Sequence[Slot]) -> tuple[str, str]:
    """The sketch and the MinHash signature of the turns with each slot's first example in its place, in base64."""
    hashed = _hashes(turns, slots)
    return encode(sketch_of(hashed)), encode(minhash_of(hashed))


def sketch(turns: Sequence[str], slots: Sequence[Slot]) -> str:
    """The first of the two."""
    return encode(sketch_of(_hashes(turns, slots)))


def _hashes(turns: Sequence[str], slots: Sequence[Slot]) -> Hashes:
    return hashes(normalise("\n".join(templates.filled(turns, slots))))
