"""The nouns of the room, one file for each part."""

from kept.practices.sharing.records.peers import Peer as Peer
from kept.practices.sharing.records.peers import PeerRow as PeerRow
from kept.practices.sharing.records.settings import Settings as Settings
