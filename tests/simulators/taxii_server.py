"""A TAXII server of kept, to be served on a socket of this machine."""

from fastapi import FastAPI

from kept.practices.sharing.service import Service
from kept.practices.sharing.web.taxii import ROOT, router


def application(service: Service) -> FastAPI:
    """The TAXII routes alone, where `kept serve` mounts them."""
    built = FastAPI()
    built.include_router(router(lambda: service), prefix=ROOT)
    return built
