"""The nouns of the room, one file for each part."""

from kept.practices.sharing.records.collections import Access as Access
from kept.practices.sharing.records.collections import Collection as Collection
from kept.practices.sharing.records.collections import CollectionRow as CollectionRow
from kept.practices.sharing.records.collections import Reader as Reader
from kept.practices.sharing.records.exchanging import Pulled as Pulled
from kept.practices.sharing.records.exchanging import Pushed as Pushed
from kept.practices.sharing.records.exchanging import Refused as Refused
from kept.practices.sharing.records.markings import LEVELS as LEVELS
from kept.practices.sharing.records.markings import Tlp as Tlp
from kept.practices.sharing.records.markings import checked_tlp as checked_tlp
from kept.practices.sharing.records.objects import Brought as Brought
from kept.practices.sharing.records.objects import Entry as Entry
from kept.practices.sharing.records.objects import Filter as Filter
from kept.practices.sharing.records.objects import Outcome as Outcome
from kept.practices.sharing.records.objects import Page as Page
from kept.practices.sharing.records.objects import Received as Received
from kept.practices.sharing.records.peers import Peer as Peer
from kept.practices.sharing.records.peers import PeerRow as PeerRow
from kept.practices.sharing.records.settings import Settings as Settings
