"""Tries the ways in which a suspect's tensor may lie on the original, the plainest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from kept.practices.weights.methods.tracing.marking import chosen
from kept.practices.weights.methods.tracing.numbers import Floats, comparable, numbers, table
from kept.practices.weights.methods.tracing.reading import Weights, rows
from kept.practices.weights.methods.tracing.realign.pieces import located
from kept.practices.weights.methods.tracing.realign.signatures import (
    ALIKE,
    Places,
    Signatures,
    cosines,
    nearest,
    sample,
    signatures,
    together,
    voted,
)
from kept.practices.weights.methods.tracing.realign.turning import rotation
from kept.practices.weights.methods.tracing.realign.unshuffling import unshuffled
from kept.practices.weights.records.traces import Tensor

_LOOKED_AT = 24
_CANDIDATES = 8
_PIECED = 1 << 26
"""Pieces are sought in originals of at most so many values; it takes a transform of all of them."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Rows of a suspect on rows of a tensor of the original, (rows, columns) each; what is missing is nan."""

    tensor: str
    rows: Places
    suspect: Floats = field(repr=False)
    original: Floats = field(repr=False)
    how: str = ""


@dataclass(slots=True)
class Aligner:
    """Lays tensors of suspects on those of one original, and remembers what it saw of the original."""

    original: Weights
    _kept: dict[tuple[str, bool], Signatures] = field(default_factory=dict, repr=False)
    _maps: dict[int, list[Places]] = field(default_factory=dict, repr=False)
    _turns: dict[int, list[Floats]] = field(default_factory=dict, repr=False)
    _tables: dict[str, tuple[int, int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shapes = self.original.shapes
        self._tables = {name: table(shapes[name][1]) for name in chosen(shapes)}

    def as_named(self, name: str, given: Tensor, most: int) -> list[Laid]:
        """A tensor that lies as it did, compared in at most `most` values; [] where it doesn't."""
        found = [each for each in self._alike(name) if prod(self._tables[each]) == prod(given.shape)]
        for each in found:
            height, width = self._tables[each]
            where = sample(height, max(1, most // width))
            looked = where[sample(len(where), _LOOKED_AT)]
            base, values = self.original.read(each).values.reshape(height, width), given.values.reshape(height, width)
            mine, its = Tensor(given.dtype, values), Tensor(self.original.shapes[each][0], base)
            one, other = _decoded(mine, looked), _decoded(its, looked)
            if np.mean(cosines(one, other) >= ALIKE) >= 0.5 or together(one, other) >= ALIKE:
                return [Laid(each, where, _decoded(mine, where), _decoded(its, where), "as it was")]
        return []

    def mended(self, laid: Laid) -> Laid:
        """The same with rows sought again in the same tensor that don't look alike where they lie."""
        strange = np.flatnonzero(cosines(laid.suspect, laid.original) < ALIKE)
        if not len(strange):
            return laid
        base = rows(self.original, laid.tensor)
        kept = self._signatures(laid.tensor, False, base)
        _, where, alike = nearest(laid.suspect[strange], {laid.tensor: kept})
        placed = laid.rows.copy()
        placed[strange] = np.where(alike >= ALIKE, where, laid.rows[strange])
        how = "rows permuted in part" if (placed != laid.rows).any() else laid.how
        return _ordered(laid.tensor, placed, laid.suspect, base, how)

    def by_rows(self, name: str, given: Floats, most: int) -> list[Laid]:
        """A tensor whose rows or columns are found among those of the original; [] where they aren't."""
        for turned, across in ((False, False), (True, True), (True, False), (False, True)):
            lines = given.T if turned else given
            pool = self._pool(name, lines.shape[1], across)
            if not pool or lines.shape[1] < 2:
                continue
            looked = lines[sample(len(lines), _LOOKED_AT)]
            which, _, alike = nearest(looked, pool)
            names = voted(which, list(pool), alike >= ALIKE)[:_CANDIDATES]
            found = self._placed(lines, {each: pool[each] for each in names}, across, most) if names else []
            if found:
                return [_described(each, turned != across, across) for each in found]
        return []

    def _placed(self, lines: Floats, pool: dict[str, Signatures], across: bool, most: int) -> list[Laid]:
        """Lines on the rows (or columns) of the tensors of a pool that they look most like."""
        taken = np.arange(len(lines)) if across else sample(len(lines), max(1, most // lines.shape[1]))
        lines = lines[taken]
        which, where, alike = nearest(lines, pool)
        found = []
        for number, name in enumerate(pool):
            mine = np.flatnonzero((which == number) & (alike >= ALIKE))
            base = rows(self.original, name) if len(mine) else np.empty((0, 0), np.float32)
            base = base.T if across else base
            mine = mine[cosines(lines[mine], base[where[mine]], pool[name].mean) >= ALIKE] if len(mine) else mine
            if not len(mine):
                continue
            self._remember(where[mine], len(taken), len(base))
            found.append(
                _across(name, where[mine], lines[mine], base, most)
                if across
                else _ordered(name, where[mine], lines[mine], base, "")
            )
        return found if sum(len(each.rows) for each in found) and _enough(found, len(taken), across) else []

    def by_others(self, name: str, given: Floats, most: int) -> list[Laid]:
        """A tensor that is permuted on one side as another was on one of its own."""
        for side in (1, 0):
            for other in self._maps.get(given.shape[side], []):
                back = np.argsort(other)
                if not self._worth(name, given, back, side):
                    continue
                tried = given[:, back] if side else given[back]
                found = self.by_rows(name, tried, most)
                if found:
                    return [Laid(e.tensor, e.rows, e.suspect, e.original, "rows and columns permuted") for e in found]
        return []

    def _worth(self, name: str, given: Floats, back: Places, side: int) -> bool:
        """Whether a few lines are found once the other side is put in this order: most orders are not the right one."""
        lines = given if side else given.T
        looked = lines[sample(len(lines), _LOOKED_AT)][:, back]
        pool = self._pool(name, looked.shape[1], not side)
        return bool(pool) and bool(np.mean(nearest(looked, pool)[2] >= ALIKE) >= 0.25)

    def turned(self, name: str, given: Floats, most: int) -> list[Laid]:
        """A tensor of which one side was rotated, by a rotation that another showed or that it shows itself."""
        for flip in (False, True):
            lines = given.T if flip else given
            looked = lines[sample(len(lines), _LOOKED_AT)]
            for turn in self._turns.get(lines.shape[1], []):
                pool = self._pool(name, lines.shape[1], flip)
                if pool and np.mean(nearest(looked @ turn, pool)[2] >= ALIKE) >= 0.25:
                    return self._turned_back(name, lines @ turn, flip, most)
            for each in self._like(name, given.shape):
                base = rows(self.original, each)
                found = rotation(lines, base.T if flip else base)
                if found is not None:
                    self._turns.setdefault(len(found), []).append(found)
                    return self._turned_back(name, lines @ found, flip, most)
        return []

    def _turned_back(self, name: str, lines: Floats, flip: bool, most: int) -> list[Laid]:
        found = self.by_rows(name, lines.T if flip else lines, most)
        return [Laid(each.tensor, each.rows, each.suspect, each.original, "rotated") for each in found]

    def unshuffled(self, name: str, given: Floats, most: int) -> list[Laid]:
        """A tensor whose rows and columns are both permuted."""
        for each in self._like(name, given.shape):
            base = rows(self.original, each)
            found = unshuffled(given, base)
            if found is not None:
                down, across = found
                self._remember(down, len(down), len(base))
                self._remember(across, len(across), base.shape[1])
                back = np.full_like(given, np.nan)
                back[:, across] = given
                kept = sample(len(down), max(1, most // len(across)))
                return [_ordered(each, down[kept], back[kept], base, "rows and columns permuted")]
        return []

    def as_piece(self, _: str, given: Floats, __: int) -> list[Laid]:
        """A piece of a tensor, cut out of its rows or of its values in order."""
        if sum(prod(sides) for sides in self._tables.values()) > _PIECED:
            return []
        for name in self._tables:
            base = rows(self.original, name)
            found = located(given, base)
            if found is not None:
                where = np.flatnonzero(np.isfinite(found).any(axis=1))
                return [Laid(name, where, found[where], base[where], "a piece")]
        return []

    def _pool(self, name: str, width: int, across: bool) -> dict[str, Signatures]:
        """The signatures of all rows (or columns) of that length, those of tensors of a like name first."""
        fits = [each for each, sides in self._tables.items() if sides[0 if across else 1] == width]
        likely = [each for each in self._alike(name) if each in fits]
        return {each: self._signatures(each, across) for each in dict.fromkeys((*likely, *fits))}

    def _signatures(self, name: str, across: bool, base: Floats | None = None) -> Signatures:
        if (name, across) not in self._kept:
            base = rows(self.original, name) if base is None else base
            self._kept[name, across] = signatures(base.T if across else base)
        return self._kept[name, across]

    def _alike(self, name: str) -> Iterator[str]:
        """The tensors of the original by that name, or by one that ends as it does, or in which it ends."""
        for each in self._tables:
            if each == name or each.endswith("." + name) or name.endswith("." + each):
                yield each

    def _like(self, name: str, shape: tuple[int, ...]) -> list[str]:
        fits = [each for each, sides in self._tables.items() if sides == shape]
        likely = [each for each in self._alike(name) if each in fits]
        return list(dict.fromkeys((*likely, *fits)))[:_CANDIDATES]

    def _remember(self, places: Places, taken: int, height: int) -> None:
        """A permutation that others may share: of every row, and not of none."""
        if len(places) == taken == height and len(np.unique(places)) == height and (np.diff(places) != 1).any():
            known = self._maps.setdefault(height, [])
            if not any(np.array_equal(places, each) for each in known):
                known.append(places)


def _decoded(given: Tensor, at: Places) -> Floats:
    return comparable(numbers(Tensor(given.dtype, given.values[at])))


def _ordered(name: str, placed: Places, suspect: Floats, base: Floats, how: str) -> Laid:
    """Rows in the original's order; of two on one row, the one that looks more like it."""
    alike = cosines(suspect, base[placed])
    order = np.lexsort((-alike, placed))
    order = order[np.unique(placed[order], return_index=True)[1]]
    return Laid(name, placed[order], suspect[order], base[placed[order]], how)


def _across(name: str, placed: Places, lines: Floats, turned: Floats, most: int) -> Laid:
    """The original's rows, where columns of the suspect were placed; `turned` holds the original's columns as rows."""
    columns = _ordered(name, placed, lines, turned, "")
    kept = sample(turned.shape[1], max(1, most // max(1, len(columns.rows))))
    suspect = np.full((len(kept), len(turned)), np.nan, np.float32)
    suspect[:, columns.rows] = columns.suspect[:, kept].T
    return Laid(name, kept, suspect, turned[:, kept].T)


def _enough(found: Sequence[Laid], taken: int, across: bool) -> bool:
    """Whether a quarter of the lines found a place: fewer may look alike by chance where lines are short."""
    placed = sum(int(np.isfinite(each.suspect).any(axis=0).sum()) if across else len(each.rows) for each in found)
    return placed * 4 >= taken


def _described(laid: Laid, turned: bool, across: bool) -> Laid:
    what = "columns" if across else "rows"
    plain = len(laid.rows) < 2 or bool((np.diff(laid.rows) == 1).all())
    how = f"{what} found one by one" if across or not plain else "rows of it, or another name"
    return Laid(laid.tensor, laid.rows, laid.suspect, laid.original, how + (", transposed" if turned else ""))
