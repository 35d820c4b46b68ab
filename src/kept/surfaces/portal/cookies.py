"""The cookies that are set: whose session it is, which forms were handed to nobody, and which sign-in has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kept.interface.pages import is_private

if TYPE_CHECKING:
    from fastapi import Request, Response

SESSION, FORM, STEP = "kept-session", "kept-form", "kept-step"
_HOST = "__Host-"
"""Over HTTPS, the prefix that lets no other host and no page in the clear set the cookie (RFC 6265bis, 4.1.3.2)."""


def name(request: Request, cookie: str) -> str:
    """What a cookie is called over this connection."""
    return f"{_HOST}{cookie}" if request.url.scheme == "https" else cookie


def read(request: Request, cookie: str) -> str:
    """The value of a cookie, or nothing; over a network in the clear none is believed."""
    return request.cookies.get(name(request, cookie), "") if is_private(request) else ""


def give(response: Response, request: Request, cookie: str, value: str, *, seconds: int | None = None) -> None:
    """Set a cookie that no script reads and no foreign page's form sends."""
    response.set_cookie(
        name(request, cookie),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def take_back(response: Response, request: Request, cookie: str) -> None:
    """Remove a cookie."""
    response.delete_cookie(
        name(request, cookie), path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
