"""The invitation's token in the browser: a cookie that no script reads, sent to the workspace alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Request, Response

PATH = "/red-team/workspace"
NAME = "kept-tester"


def read(request: Request) -> str:
    """The token, or "" where nobody has come in."""
    return request.cookies.get(_name(request), "")


def give(answer: Response, request: Request, token: str) -> None:
    """Let the browser keep the token until it is closed."""
    answer.set_cookie(
        _name(request), token, path=PATH, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


def take_back(answer: Response, request: Request) -> None:
    """Remove the token."""
    answer.delete_cookie(
        _name(request), path=PATH, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


def _name(request: Request) -> str:
    return f"__Secure-{NAME}" if request.url.scheme == "https" else NAME
