"""Which addresses of Amazon's and of CDNs the market stands in for.

The places are those that the libraries' own pages name: releases.jquery.com, cdnjs.com, unpkg.com,
developers.google.com/speed/libraries, www.jsdelivr.com/package/npm/jquery,
learn.microsoft.com/aspnet/ajax/cdn/overview, getbootstrap.com, underscorejs.org,
code.google.com/archive/p/jqueryjs, which is gone and whose pages are not; for Amazon's see
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_HTMLQuestionArticle.html.
"""

import re

_SCHEME = r"(?:https?:)?//"
_VERSION = r"\d+(?:\.\d+)*"
_JQUERY_HOSTS = (
    r"ajax\.googleapis\.com|code\.jquery\.com|cdnjs\.cloudflare\.com|cdn\.jsdelivr\.net|unpkg\.com"
    r"|ajax\.aspnetcdn\.com|ajax\.microsoft\.com|jquery(?:js)?\.googlecode\.com"
)
_JQUERY = re.compile(
    rf"{_SCHEME}(?P<host>{_JQUERY_HOSTS})/(?P<path>(?:[\w@^~.-]+/)*)"
    rf"jquery(?P<migrate>-migrate)?(?:[-@]\^?(?P<version>{_VERSION}|latest))?"
    r"(?:\.slim)?(?:\.(?:min|pack))?(?:\.js)?",
    re.IGNORECASE,
)
_IN_PATH = re.compile(rf"(?:^|[/@^~-])({_VERSION})[^/]*/")
# What these give to those who name no version; the others give the first major one.
_NEWEST = frozenset({"cdn.jsdelivr.net", "unpkg.com"})
_FIRST_MODERN = 3
_EXTERNAL_HIT = re.compile(
    rf"{_SCHEME}(?:s3[\w.-]*\.amazonaws\.com/mturk-public|mturk-public\.s3[\w.-]*\.amazonaws\.com)"
    r"/externalHIT_v1\.js",
    re.IGNORECASE,
)
_CROWD = re.compile(rf"{_SCHEME}assets\.crowd\.aws/crowd-html-elements[\w-]*\.js", re.IGNORECASE)

_CDNS = (
    r"(?:ajax\.googleapis\.com|ajax\.aspnetcdn\.com|cdnjs\.cloudflare\.com|cdn\.jsdelivr\.net|unpkg\.com"
    r"|(?:netdna|maxcdn|stackpath)\.bootstrapcdn\.com|underscorejs\.org"
    r"|(?:documentcloud|jashkenas)\.github\.(?:com|io))"
)
_PATH = r"/(?:[\w@^~.-]+/)*"
_UNDERSCORE = re.compile(
    rf"{_SCHEME}{_CDNS}{_PATH}underscore(?:-umd)?(?:[.-]min)?\.js", re.IGNORECASE
)
_LODASH = re.compile(rf"{_SCHEME}{_CDNS}{_PATH}lodash(?:\.core)?(?:\.min)?\.js", re.IGNORECASE)
_BOOTSTRAP = re.compile(
    rf"{_SCHEME}{_CDNS}(?P<path>{_PATH})bootstrap(?:\.bundle)?(?:\.min)?\.js", re.IGNORECASE
)
# What pages ask of these by way of jQuery is the same; the fifth does without jQuery.
_BOOTSTRAPS = range(2, 5)

# The form's target, also where its host is left out: the site's is not the page's.
SUBMIT = re.compile(
    rf"{_SCHEME}(?:[\w-]+\.){{,2}}mturk\.com(?::\d+)?/{{1,2}}mturk/externalSubmit",
    re.IGNORECASE,
)
RELATIVE_SUBMIT = re.compile(r"/{1,2}mturk/externalSubmit")
# The site alone, in the quotes of a script that goes on to name the path.
SITE = re.compile(
    rf"""(?P<quote>["']){_SCHEME}(?:www|workersandbox|worker)\.mturk\.com(?P<slash>/?)(?P=quote)""",
    re.IGNORECASE,
)
_LIBRARY = rf"{_SCHEME}[\w.-]+/[\w@^~./-]*"
# What a script writes or makes in order to load a library.
LOADED = re.compile(rf"""(?:src\s*=\s*\\?["']?|src\\?["']\s*,\s*["'])({_LIBRARY})""", re.IGNORECASE)


def library(url: str) -> str | None:
    """Return the name of the library that stands in for what is at ``url``, or None."""
    bare = re.split(r"[?#]", url.strip(), maxsplit=1)[0]
    if _EXTERNAL_HIT.fullmatch(bare):
        return "externalHIT_v1.js"
    if _CROWD.fullmatch(bare):
        return "crowd-html-elements.js"
    if _UNDERSCORE.fullmatch(bare):
        return "underscore.js"
    if _LODASH.fullmatch(bare):
        return "lodash.js"
    if found := _BOOTSTRAP.fullmatch(bare):
        return _bootstrap(found)
    found = _JQUERY.fullmatch(bare)
    return _jquery(found) if found else None


def _bootstrap(found: re.Match[str]) -> str | None:
    version = _IN_PATH.search(found["path"])
    major = int(version[1].partition(".")[0]) if version else _BOOTSTRAPS[-1]
    return "bootstrap.js" if major in _BOOTSTRAPS else None


def _jquery(found: re.Match[str]) -> str | None:
    major = _major(found)
    if not found["migrate"]:
        return "jquery-3.js" if major >= _FIRST_MODERN else "jquery-1.js"
    return "jquery-migrate-1.js" if major < _FIRST_MODERN else None


def _major(found: re.Match[str]) -> int:
    in_path = _IN_PATH.search(found["path"])
    version = in_path[1] if in_path else found["version"]
    if version and version[0].isdigit():
        return int(version.partition(".")[0])
    return _FIRST_MODERN if found["host"].lower() in _NEWEST else 1
