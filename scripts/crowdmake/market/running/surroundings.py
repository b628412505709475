"""The environment in which a program reaches this market under Amazon's host names.

Sources: docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html;
boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html (what comes before what);
requests.readthedocs.io/en/latest/user/advanced (REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, NO_PROXY);
nodejs.org/api/cli.html (NODE_EXTRA_CA_CERTS, NODE_USE_ENV_PROXY).
"""

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.httpsession import get_cert_path
from botocore.session import get_session

HOST = "https://mturk-requester.us-east-1.amazonaws.com"
REGION = "us-east-1"

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY")
BUNDLES = (
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
)
# The program's own services on this machine are no business of the proxy's.
LOCAL = ("localhost", "127.0.0.1", "::1")
OTHER_HOSTS = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")
# Any of these, in the environment or the profile, and the program has credentials of its own.
CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
PROFILE_CREDENTIALS = (
    "aws_access_key_id",
    "credential_process",
    "login_session",
    "role_arn",
    "sso_account_id",
)


def bundle(inherited: Mapping[str, str], certificate: bytes) -> bytes:
    """Return, as PEM, every certificate that programs trust here, and one more.

    Those are botocore's, OpenSSL's, and what the environment already named. Raises OSError for
    a file that it names and that cannot be read.
    """
    system = ssl.get_default_verify_paths().cafile
    named = [inherited.get(name) for name in BUNDLES]
    known = (get_cert_path(True), system, _profile().get("ca_bundle"), *named)
    places = dict.fromkeys(each for each in known if each)
    contents = [file.read_bytes() for place in places for file in _files(Path(place).expanduser())]
    return b"\n".join([*contents, certificate])


def prepared(inherited: Mapping[str, str], proxy: str, bundle_path: Path) -> dict[str, str]:
    """Return the environment of a program that is to reach the market through ``proxy``.

    Credentials of the program's own stay: the proxy asks for none, and they may be for other
    services. Where there are none, names are put in their place, for boto3 signs with something.
    """
    changed = {name: proxy for each in PROXIES for name in (each, each.lower())}
    changed |= dict.fromkeys(("NO_PROXY", "no_proxy"), _exceptions(inherited))
    changed |= dict.fromkeys(BUNDLES, str(bundle_path))
    # It comes before a profile's endpoint, but only for this one service.
    changed |= {"AWS_ENDPOINT_URL_MTURK": HOST, "NODE_USE_ENV_PROXY": "1"}
    changed |= dict.fromkeys(OTHER_HOSTS, "false")
    if not (inherited.get("AWS_REGION") or inherited.get("AWS_DEFAULT_REGION")):
        changed |= {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    if not _has_credentials(inherited):
        changed |= {"AWS_ACCESS_KEY_ID": "market", "AWS_SECRET_ACCESS_KEY": "market"}
    return {**inherited, **changed}


def _files(place: Path) -> Iterator[Path]:
    """Yield the file, or the files of a directory of certificates."""
    if place.is_dir():
        yield from (each for each in sorted(place.iterdir()) if each.is_file())
    else:
        yield place


def _exceptions(inherited: Mapping[str, str]) -> str:
    """Return what NO_PROXY is to be: nothing that would let Amazon's hosts past the proxy.

    What is left out here the proxy itself minds (`outside.py`).
    """
    named = (inherited.get("no_proxy") or inherited.get("NO_PROXY", "")).split(",")
    kept = [name.strip() for name in named if not _may_except_amazon(name)]
    return ",".join(dict.fromkeys([*kept, *LOCAL]))


def _may_except_amazon(name: str) -> bool:
    bare = name.strip().lower().lstrip("*.").partition(":")[0]
    return bare in ("", "com") or bare.endswith("amazonaws.com")


def _has_credentials(inherited: Mapping[str, str]) -> bool:
    return any(map(inherited.get, CREDENTIALS)) or any(map(_profile().get, PROFILE_CREDENTIALS))


def _profile() -> dict[str, Any]:
    """Return what the user's AWS files say; nothing where they cannot be read."""
    try:
        return get_session().get_scoped_config()
    except BotoCoreError:
        return {}
