"""Check addresses of servers, and the tokens that are sent there."""

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
        raise ValueError("must be a URL without credentials, query and fragment")
    if parts.scheme == "http" and host and not is_loopback(host):
        raise ValueError("plain http would send the key unencrypted: use https")
    is_plain = url.isascii() and url.isprintable() and not {" ", "\\", "?", "#"}.intersection(url)
    if parts.scheme not in {"http", "https"} or not _is_host(parts.netloc, host) or not is_plain:
        raise ValueError(f'a URL such as "{DEFAULT_BASE_URL}" is needed')
    return url.rstrip("/")


def check_token(token: str) -> str:
    """Return the token. Raises ValueError if a header cannot hold it, or if it has a blank."""
    if not all(" " < character < "\x7f" for character in token):
        raise ValueError("has a character that tokens never have")
    return token


def _is_host(place: str, host: str) -> bool:
    """Return True if `place`, the part of a URL with the port, begins with a valid host."""
    try:
        if place.startswith("["):
            return not ipaddress.IPv6Address(host).scope_id
        if re.fullmatch(r"[\d.]+", host):
            return bool(ipaddress.IPv4Address(host))
    except ValueError:
        return False
    return re.fullmatch(r"\w[\w.-]*", host, re.ASCII) is not None
