"""The fields of a form as a browser sent them, in their order.

url.spec.whatwg.org/#application/x-www-form-urlencoded,
html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
"""

import codecs
import re
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError

from crowdmake.market.settings import DATA_UPLOAD_MAX_NUMBER_FIELDS

Fields = list[tuple[str, str]]
_MULTIPART = "multipart/form-data"
# What browsers write forms in (encoding.spec.whatwg.org/#names-and-labels), by Python's names: the
# other encodings that Python has are no text, or take long to read.
_ENCODINGS = frozenset(
    [
        "utf-8",
        "big5hkscs",
        "cp866",
        "cp874",
        "cp932",
        "cp949",
        "euc_jp",
        "gb18030",
        "iso2022_jp",
        "iso8859-2",
        "iso8859-3",
        "iso8859-4",
        "iso8859-5",
        "iso8859-6",
        "iso8859-7",
        "iso8859-8",
        "iso8859-10",
        "iso8859-13",
        "iso8859-14",
        "iso8859-15",
        "iso8859-16",
        "koi8-r",
        "koi8-u",
        "mac-cyrillic",
        "mac-roman",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
    ]
)
_WESTERN = "cp1252"
# Where browsers mean more than a label says.
_SAME = {
    "ascii": _WESTERN,
    "iso8859-1": _WESTERN,
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
}
_NAMED = re.compile(r"(?:^|&)_charset_=([\w.:-]{1,40})(?:&|$)")


class Unreadable(Exception):  # noqa: N818 - said to a worker, not a fault
    """What was sent is no form."""


def fields(request: Any) -> Fields:
    """Return the fields of the address and then of the body; of a file, its name.

    Raises Unreadable.
    """
    try:
        in_address = _urlencoded(request.META.get("QUERY_STRING", ""), "utf-8")
        return in_address + _body(request)
    except (
        ValueError,
        LookupError,
        BadRequest,
        SuspiciousOperation,
        MultiPartParserError,
    ) as error:
        raise Unreadable from error


def _body(request: Any) -> Fields:
    if request.method != "POST":
        return []
    if request.content_type == _MULTIPART:
        texts = [(name, each) for name, values in request.POST.lists() for each in values]
        files = [(name, each.name) for name, values in request.FILES.lists() for each in values]
        return texts + files
    body = request.body.decode("latin-1")
    return _urlencoded(body, _charset(body))


def _urlencoded(text: str, charset: str) -> Fields:
    """Return the fields of a query; raises ValueError for more than are taken."""
    most = DATA_UPLOAD_MAX_NUMBER_FIELDS
    try:
        return parse_qsl(text, True, encoding=charset, errors="strict", max_num_fields=most)
    except UnicodeDecodeError:
        return parse_qsl(text, True, encoding=_WESTERN, errors="replace", max_num_fields=most)


def _charset(body: str) -> str:
    """Return the encoding that the form's own field `_charset_` names, if browsers have it."""
    named = _NAMED.search(body)
    try:
        name = codecs.lookup(named[1] if named else "utf-8").name
    except (LookupError, ValueError):
        return "utf-8"
    name = _SAME.get(name, name)
    return name if name in _ENCODINGS else "utf-8"
