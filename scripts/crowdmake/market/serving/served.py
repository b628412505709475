"""What a server offers of a market: answers to signed requests, workers' files, and the site."""

from collections.abc import Mapping
from functools import partial

from crowdmake.market.protocol import wire
from crowdmake.market.protocol.wire import Answer
from crowdmake.market.serving import files
from crowdmake.market.serving.access import AccessLog
from crowdmake.market.serving.signatures import SignedGate
from crowdmake.market.serving.vault import Vault
from crowdmake.market.site.application import SiteApplication
from crowdmake.market.stores import Store


class ServedMarket:
    """One market; any number of threads may call it at once."""

    def __init__(self, store: Store, vault: Vault, log: AccessLog | None = None) -> None:
        self._store = store
        self._vault = vault
        self._gate = SignedGate(store, vault)
        site = SiteApplication(store, vault, log)
        self.browse, self.uploads = site.respond, site.is_signed_in

    def respond(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return status, headers and body for one AWS JSON 1.1 request; never raise."""
        file_url = partial(files.address, files.base(headers), self._vault)
        return wire.respond(self._store, self._gate, headers, body, file_url)

    def fetch(self, path: str) -> Answer:
        """Return status, headers and body for what is fetched from ``path``; never raise."""
        try:
            with self._store.reading():
                found = files.content(path, self._vault)
        except Exception as error:  # noqa: BLE001 - it is logged by `Faults`
            wire.faults.note(error)
            return 500, {"Content-Type": "text/plain"}, b"Internal fault.\n"
        if found is None:
            return 404, {"Content-Type": "text/plain"}, b"There is nothing here.\n"
        return 200, files.HEADERS, found
