"""Files that workers gave as answers: the addresses under which a requester fetches them.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_GetFileUploadURLOperation.html
An address is good for a minute and to whoever has it, as the service's own were.
"""

from base64 import b64encode
from collections.abc import Mapping

from crowdmake.market.models import UploadedFile
from crowdmake.market.serving.vault import Vault

PATH = "/files/"
VALID_SECONDS = 60
# What a worker uploaded is never shown as a page of the market's own.
HEADERS = {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def data_url(file: UploadedFile) -> str:
    """Return the file itself as a URL, for requesters who share the market's process."""
    return "data:application/octet-stream;base64," + b64encode(file.content).decode()


def base(headers: Mapping[str, str]) -> str:
    """Return the address at which a client reached the market, by its request's headers.

    The address is told to that client alone, whose signature covers the name of the host.
    """
    given = {name.lower(): value for name, value in headers.items()}
    scheme = "https" if given.get("x-forwarded-proto") == "https" else "http"
    return f"{scheme}://{given.get('host', '')}"


def address(base: str, vault: Vault, file: UploadedFile) -> str:
    """Return a URL of ``file`` at the market that is reached at ``base``."""
    return f"{base}{PATH}{vault.lock(PATH + file.key)}"


def content(path: str, vault: Vault) -> bytes | None:
    """Return the file at ``path``, the part of an `address` that follows the base.

    None where the path is not the market's or too old, or the file was deleted. Inside a
    store's `reading()`.
    """
    named = vault.unlock_fresh(path.removeprefix(PATH), VALID_SECONDS) or ""
    file = UploadedFile.objects.filter(key=named.removeprefix(PATH)).first()
    return bytes(file.content) if file and named.startswith(PATH) else None
