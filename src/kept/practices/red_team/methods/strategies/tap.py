"""A tree of rewordings by an attacker model, pruned at every level (Mehrotra et al. 2023, TAP, arXiv 2312.02119)."""

from collections.abc import Generator

from kept.core.model import Answer, Message
from kept.errors import KeptError
from kept.practices.red_team.methods.hearing import Hearing
from kept.practices.red_team.methods.judges.exact_card import fold
from kept.practices.red_team.methods.play import Ask, LimitReached, Play, Played, Scene, turn_of
from kept.practices.red_team.methods.rewording import INSTRUCTIONS, Tried, attack, on_topic, read_reply
from kept.practices.red_team.methods.strategy import Staged

DEPTH, BRANCHES, WIDTH = 3, 2, 2
Branch = tuple[Tried, ...]


def _play(scene: Scene) -> Play:
    """Grow each branch, ask the target what is new and on topic, and keep the branches that came closest."""
    tree = _Tree(scene)
    branches: list[Branch] = [()]
    for _ in range(DEPTH):
        grown: list[Branch] = []
        for branch in branches:
            for _ in range(BRANCHES):
                leaf = yield from tree.grow(branch)
                if leaf is not None:
                    grown.append((*branch, leaf))
                if tree.ended:
                    return Played(tree.hearing.verdict, tree.exchange, tree.answer)
        branches = sorted(grown, key=tree.score, reverse=True)[:WIDTH] or branches
    return Played(tree.hearing.verdict, tree.exchange, tree.answer)


class _Tree:
    """What was tried in all branches, and what the target said to it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._turn = 0
        self._tried: list[Tried] = []
        self._token = scene.prompt.token.split()
        self.hearing = Hearing(scene.prompt.token)
        self.exchange: tuple[Message, ...] = scene.prompt.messages[:1]
        self.answer: Answer | None = None
        self.ended = False

    def grow(self, branch: Branch) -> Generator[Ask, Answer, Tried | None]:
        """One more rewording after those of a branch and what other branches tried; None where it is pruned."""
        scene, self._turn = self._scene, self._turn + 1
        others = [each for each in self._tried if each not in branch]
        try:
            reply = yield scene.ask(attack(scene.request, [*others, *branch]), turn=self._turn, of="attacker")
        except LimitReached:
            raise
        except KeptError:
            if not self._tried:
                raise
            self.ended = True
            return None
        reworded = read_reply(reply.text)
        known = any(each.prompt == reworded for each in self._tried)
        if known or not on_topic(reworded, scene.request):
            self.ended = self._full
            return None
        return (yield from self._ask(reworded))

    def _ask(self, reworded: str) -> Generator[Ask, Answer, Tried]:
        prompt, asked = self._scene.prompt, Message("user", reworded)
        answer = yield self._scene.ask((prompt.messages[0], asked), turn=self._turn, tools=prompt.tools)
        self.answer, self.exchange = answer, (*self.exchange, asked, *turn_of(answer))
        self.hearing.hear(answer)
        leaf = Tried(reworded, answer)
        self._tried.append(leaf)
        self.ended = self.hearing.succeeded or self._full
        return leaf

    @property
    def _full(self) -> bool:
        """Whether the plan's limit leaves no room for another pair of requests."""
        return 2 * (self._turn + 1) > self._scene.limits.turns

    def score(self, branch: Branch) -> int:
        """How many parts of the card the last answer of a branch holds."""
        said = fold(branch[-1].answer.text) if branch else ""
        return sum(fold(part) in said for part in self._token)


STRATEGY = Staged(
    name="tap",
    about=f"a tree of rewordings by an attacker model: {BRANCHES} branches, {WIDTH} kept, {DEPTH} levels",
    frames=dict.fromkeys(("en", "es"), (INSTRUCTIONS,)),
    play=_play,
    parties=("attacker",),
)
