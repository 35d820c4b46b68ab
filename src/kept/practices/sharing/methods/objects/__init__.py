"""Shared objects as STIX 2.1, with the extensions that docs/shared-objects.md publishes."""

from kept.practices.sharing.methods.objects.definitions import ANSWERS as ANSWERS
from kept.practices.sharing.methods.objects.definitions import DEFINITIONS as DEFINITIONS
from kept.practices.sharing.methods.objects.definitions import check_published as check_published
from kept.practices.sharing.methods.objects.definitions import definition_objects as definition_objects
from kept.practices.sharing.methods.objects.identifiers import id_of as id_of
from kept.practices.sharing.methods.objects.making import circumvention as circumvention
from kept.practices.sharing.methods.objects.reading import kind_of as kind_of
from kept.practices.sharing.methods.objects.reading import read as read
from kept.practices.sharing.methods.objects.writing import write as write
