"""ExternalQuestion: a page that its requester serves.

docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ExternalQuestionArticle.html
"""

from urllib.parse import urlsplit, urlunsplit

from crowdmake.market.site.hosts import Place


def address(url: str, parameters: str) -> str:
    """Return the requester's address with the HIT's parameters after its own."""
    parts = urlsplit(url)
    query = f"{parts.query}&{parameters}" if parts.query else parameters
    return urlunsplit(parts._replace(query=query))


def is_own(url: str, place: Place) -> bool:
    """Return whether an address is on one of the market's hosts, at whatever port.

    Such a page would have the site's origin, or share its cookies, which ignore ports.
    """
    name = _name(url)
    pages = _name(place.pages.replace("*.", ""))
    return name == _name(place.site) or name == pages or name.endswith(f".{pages}")


def _name(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")
