"""Which market is meant: Amazon's two by name, any other by its URL."""

from urllib.parse import urlsplit

# Stated for both: without it the environment or a profile could lead production elsewhere.
AMAZON = {
    "production": "https://mturk-requester.us-east-1.amazonaws.com",
    "sandbox": "https://mturk-requester-sandbox.us-east-1.amazonaws.com",
}


def one_spelling(endpoint: str) -> str:
    """Return a URL as every way of writing it comes out, and Amazon's own by their names.

    Ledgers, tokens and budgets are kept by endpoint: a slash must not make it another.
    """
    parts = urlsplit(endpoint)
    if not parts.scheme:
        return endpoint
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    ports = {"http": 80, "https": 443}
    port = f":{parts.port}" if parts.port and parts.port != ports[parts.scheme] else ""
    url = f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"
    return {address: name for name, address in AMAZON.items()}.get(url, url)
