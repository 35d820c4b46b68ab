"""An attacker model rewords the request by what was answered so far (Chao et al. 2023, PAIR, arXiv 2310.08419)."""

from kept.core.model import Message
from kept.errors import KeptError
from kept.practices.red_team.methods.hearing import Hearing
from kept.practices.red_team.methods.play import LimitReached, Play, Played, Scene, turn_of
from kept.practices.red_team.methods.rewording import INSTRUCTIONS, Tried, attack, read_reply
from kept.practices.red_team.methods.strategy import Staged

ROUNDS = 6


def _play(scene: Scene) -> Play:
    """Reword, ask, and reword again; a reply of the attacker that is no rewording costs a round and asks nothing."""
    prompt, hearing = scene.prompt, Hearing(scene.prompt.token)
    tried: list[Tried] = []
    exchange: tuple[Message, ...] = prompt.messages[:1]
    answer = None
    for turn in range(max(1, min(ROUNDS, scene.limits.turns // 2))):
        try:
            reply = yield scene.ask(attack(scene.request, tried), turn=turn, of="attacker")
        except LimitReached:
            raise
        except KeptError:
            if not tried:
                raise
            break
        if not (reworded := read_reply(reply.text)):
            continue
        asked = Message("user", reworded)
        answer = yield scene.ask((prompt.messages[0], asked), turn=turn, tools=prompt.tools)
        exchange = (*exchange, asked, *turn_of(answer))
        tried.append(Tried(reworded, answer))
        hearing.hear(answer)
        if hearing.succeeded:
            break
    return Played(hearing.verdict, exchange, answer)


STRATEGY = Staged(
    name="pair",
    about=f"an attacker model rewords the request, up to {ROUNDS} times, by what was answered so far",
    frames=dict.fromkeys(("en", "es"), (INSTRUCTIONS,)),
    play=_play,
    parties=("attacker",),
)
