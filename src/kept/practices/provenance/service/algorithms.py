"""The marks that there are, by kind of media, as statements name them."""

from collections.abc import Mapping

from kept.practices.provenance.records import Media

ALGORITHMS: Mapping[Media, str] = {
    "image": "kept image mark, version 1",
    "audio": "kept sound mark, version 1",
    "video": "kept film mark, version 1",
}
