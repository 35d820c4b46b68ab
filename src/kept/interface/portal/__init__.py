"""What every page of the portal shares: who visits, their forms, the frame around a page, and its static files."""

from kept.core.accounts.records import SignInError
from kept.interface.portal.doing import do, whole
from kept.interface.portal.forms import Fields, check_form, form
from kept.interface.portal.pages import page
from kept.interface.portal.static_files import Asset, address, asset
from kept.interface.portal.visiting import Visitor, signed_in, visitor

__all__ = [
    "Asset",
    "Fields",
    "SignInError",
    "Visitor",
    "address",
    "asset",
    "check_form",
    "do",
    "form",
    "page",
    "signed_in",
    "visitor",
    "whole",
]
