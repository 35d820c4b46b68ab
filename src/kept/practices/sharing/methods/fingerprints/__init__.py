"""Fingerprints of texts: what they share with another text can be counted, and they can't be read back."""

from kept.practices.sharing.methods.fingerprints.grams import GRAM as GRAM
from kept.practices.sharing.methods.fingerprints.grams import hashes as hashes
from kept.practices.sharing.methods.fingerprints.nearest import Nearest as Nearest
from kept.practices.sharing.methods.fingerprints.sketches import contained as contained
from kept.practices.sharing.methods.fingerprints.sketches import decode as decode
from kept.practices.sharing.methods.fingerprints.sketches import encode as encode
from kept.practices.sharing.methods.fingerprints.sketches import minhash_of as minhash_of
from kept.practices.sharing.methods.fingerprints.sketches import resemblance as resemblance
from kept.practices.sharing.methods.fingerprints.sketches import sketch_of as sketch_of
