"""The market whose request this thread is answering."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TypeVar

from crowdmake.market.serving.access import AccessLog
from crowdmake.market.serving.vault import Vault
from crowdmake.market.stores import Store

Result = TypeVar("Result")

_store: ContextVar[Store] = ContextVar("store")
_vault: ContextVar[Vault] = ContextVar("vault")
_log: ContextVar[AccessLog | None] = ContextVar("log", default=None)


@contextmanager
def serving(store: Store, vault: Vault, log: AccessLog | None = None) -> Iterator[None]:
    """Make the market the one that this thread answers for."""
    of_store, of_vault, of_log = _store.set(store), _vault.set(vault), _log.set(log)
    try:
        yield
    finally:
        _log.reset(of_log)
        _vault.reset(of_vault)
        _store.reset(of_store)


def store() -> Store:
    """Return the market's database."""
    return _store.get()


def vault() -> Vault:
    """Return what encrypts and signs for the market."""
    return _vault.get()


def log() -> AccessLog | None:
    """Return where it is written down who asked for what, if that is."""
    return _log.get()


def run(action: Callable[[datetime], Result]) -> Result:
    """Return what ``action`` returns for the market's time, called inside a transaction.

    It may be called again, so it has no other effects than on the database.
    """
    return store().run(action)
