"""What a programme may offer, and how probably it pays: exact, before anything is replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kept.core.estimate.exact import MILLION, JudgeBounds, chance, critical
from kept.errors import Invalid
from kept.practices.disclosure.records import SEVERITIES, Draft
from kept.practices.disclosure.records.replays import Offer, Power, Said
from kept.predicates.disclosure_replay_plan import MOST_CONVERSATIONS, spendable

ATTEMPTS = 100
LEVELS = (0.9, 0.95, 0.99)
TRIES = 16
RATES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
STATED = 3
"""False positives of the judge exact-card in millionths, rounded up: 4 guesses among 1,474,560 cards."""


def offer_of(draft: Draft, severity: str) -> Offer:
    """What a weakness of this severity must show by a programme.

    A severity for which it offers nothing has to show what the next lesser one has, and else the least of all.
    """
    order = SEVERITIES.index(severity) if severity in SEVERITIES else 0
    lesser = [each for each in draft.terms if SEVERITIES.index(each.severity) <= order]
    terms = (lesser or [draft.terms[0]])[-1]
    return Offer(
        attempts=terms.replays,
        threshold=round(terms.threshold * MILLION),
        level=MILLION - round(draft.level * MILLION),
        versions=len(draft.models),
    )


def check_offers(draft: Draft) -> None:
    """Raises Invalid where the gate of a severity could never open, not even if every attempt succeeded."""
    for terms in draft.terms:
        offer = offer_of(draft, terms.severity)
        if least(offer) > offer.attempts:
            enough = next((n for n in range(1, ATTEMPTS + 1) if least(_with(offer, n)) <= n), None)
            raise Invalid(
                f"rewards.{terms.severity}: {offer.attempts} replays, though all succeed, can't show a rate of "
                f"{terms.threshold:g} on one of {offer.versions} models.",
                code="programme.gate",
                hint=f"Replay at least {enough} times." if enough else "Lower the threshold.",
            )


def least(offer: Offer, *, submission: int = 1, judge: JudgeBounds | None = None) -> int:
    """The least successes that open the gate of one conversation on one version; more than the attempts if none do.

    Without a `judge`, exact-card's: its false positives are bounded by how it is made.
    """
    shared = {"versions": offer.versions, "conversations": offer.conversations}
    error = spendable(level=offer.level, submission=submission, **shared)
    known = judge or JudgeBounds(MILLION, STATED, error)
    return critical(offer.attempts, _called(known, offer.threshold), error=known.left)


def power(offer: Offer, *, rates: tuple[float, ...] = RATES) -> tuple[Power, ...]:
    """How probably the first try on one version passes, by the true rate, with a judge that misses nothing."""
    needed = least(offer)
    return tuple(Power(rate, float(chance(needed, offer.attempts, round(rate * MILLION)))) for rate in rates)


def fitting(
    said: Sequence[Said], offer: Offer, *, submission: int, requests: int, beside: int = 0
) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """Which conversations one replay takes together, in their order, and which are left, each with the reason.

    The first is always taken; another only while all attempts together stay within the `requests` that one version may
    cost, and while the gates, whose error they share, could still open. `beside` is what judging an attempt asks.
    """
    taken: list[Said] = []
    left: list[Said] = []
    for each in said:
        together = (*taken, each)
        costs = sum((one.asks + beside) * offer.attempts for one in together)
        opens = least(replace(offer, conversations=len(together)), submission=submission) <= offer.attempts
        if taken and len(together) > MOST_CONVERSATIONS:
            left.append(replace(each, problem=f"One replay takes {MOST_CONVERSATIONS} at most."))
        elif taken and costs > requests:
            left.append(replace(each, problem=f"With it, all would cost {costs} requests of {requests}."))
        elif taken and not opens:
            left.append(replace(each, problem="With it, no gate could open: they share one budget of error."))
        else:
            taken.append(each)
    return tuple(taken), tuple(left)


def _called(judge: JudgeBounds, threshold: int) -> int:
    """The least share called a success whose bound reaches the threshold."""
    found = judge.called(threshold)
    while found > 0 and judge.least(found - 1) >= threshold:
        found -= 1
    while found < MILLION and judge.least(found) < threshold:
        found += 1
    return found


def _with(offer: Offer, attempts: int) -> Offer:
    return replace(offer, attempts=attempts)
