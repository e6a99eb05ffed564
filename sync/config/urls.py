"""Check addresses of servers."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

DEFAULT_BASE_URL = "https://api.cloud.scenario.com/v1"


def is_loopback(host: str) -> bool:
    """Return True if a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_server_url(url: str) -> str:
    """Return the address if credentials can safely be sent there: by https, or to this machine.

    Raises ValueError, whose message does not repeat the address: it can contain a secret.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("not a URL") from None
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("a URL without credentials, query and fragment is needed")
    if parts.scheme == "http" and host and not is_loopback(host):
        raise ValueError("plain http would send the key unencrypted: use https")
    if not re.fullmatch(_URL, url):
        raise ValueError(f'a URL such as "{DEFAULT_BASE_URL}" is needed')
    return url.rstrip("/")


# What an editor is told of these, in the words that JavaScript and Python have in common.
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LOOPBACK = rf"([Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127(\.{_OCTET}){{3}}|\[::1\])"
_HEX = "[0-9A-Fa-f]{1,4}"
# Eight groups, of which one row of zeros may be left out.
_IPV6 = (
    rf"(({_HEX}:){{7}}({_HEX}|:)|:(:{_HEX}){{7}}"
    rf"|(?=[^\]]*::)(?![^\]]*::[^\]]*::|[^\]]*:::|:[^:]|[^\]]*[^:]:\])(({_HEX})?:){{2,7}}({_HEX})?)"
)
_HOST = rf"([A-Za-z0-9_][A-Za-z0-9_.-]*|\[{_IPV6}\])"
_PORT = r"(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5]?[0-9]{1,4}))?"
_URL = (
    rf"^([Hh][Tt][Tt][Pp][Ss]://{_HOST}|[Hh][Tt][Tt][Pp]://{_LOOPBACK}){_PORT}"
    r"(/[!-\x22$->@-~]*)?$"
)
