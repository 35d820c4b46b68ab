"""NOVA rules: read in full, evaluated where keywords alone decide, and refused by name where they don't."""

from kept.practices.sharing.methods.nova.conditions import Condition as Condition
from kept.practices.sharing.methods.nova.conditions import parse as parse
from kept.practices.sharing.methods.nova.reading import File as File
from kept.practices.sharing.methods.nova.reading import Keyword as Keyword
from kept.practices.sharing.methods.nova.reading import Rule as Rule
from kept.practices.sharing.methods.nova.reading import Unusable as Unusable
from kept.practices.sharing.methods.nova.reading import read as read
from kept.practices.sharing.methods.nova.reading import read_rule as read_rule
