"""Lays a suspect's tensors on the original's, whatever was renamed, permuted, cut, joined or turned.

1. A tensor of the same name and size, whose rows look alike, lies as it did.
2. Else each row (or column, or either of the transposed tensor) is sought among all rows of its length.
3. A tensor with rows and columns permuted is tried with every permutation that another tensor showed, since the hidden
   units of one layer are the inputs of the next; and then by what permutations leave: the values of a row in order.
4. One side may have been rotated, as a change of basis does: long tensors tell the rotation, and others share it.
5. What is left is sought as a piece: values that follow one another anywhere in the original.

All of this looks at suspect and original only, never at a carrier, so that it makes nobody's score larger by choice.
"""

from kept.practices.weights.methods.tracing.realign.aligner import Aligner, Laid

__all__ = ["Aligner", "Laid"]
