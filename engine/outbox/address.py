"""Which addresses webhooks may go to: public ones only, so that nobody reaches our own network through us.

A URL is looked at when it is registered, but names are decided when connecting: every address that the name stands for
then must be public, and the connection goes to one of exactly those. Loopback is allowed by an operator's setting only,
for the sandbox and tests.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from engine.errors import Invalid

URL_MAX: Final = 2_000
#: IPv6 addresses that hold an IPv4 address in their last 32 bits: NAT64, well known and local.
_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_\-]{1,63}(?<!-)")
_OWN_NAMES: Final = (".localhost", ".local", ".internal", ".home.arpa")


class AddressRefused(Exception):  # noqa: N818 - it names what happened
    """A name stands for an address that webhooks may not go to."""


def check_url(url: str, *, loopback: bool) -> None:
    """Look at a URL to be registered. Raises: Invalid ``webhook_url_refused`` saying what is wrong with it."""
    reason = _wrong(url, loopback=loopback)
    if reason:
        raise Invalid("webhook_url_refused", f"Webhooks can't go to this URL: {reason}.", path="url")


def is_allowed(address: str, *, loopback: bool) -> bool:
    """Whether *address* (the text of an IP address) may be connected to."""
    try:
        plain = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if plain.is_loopback:
        return loopback
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 *address* leads to, if any."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.teredo:
        return address.teredo[1]
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _wrong(url: str, *, loopback: bool) -> str:  # noqa: PLR0911 - one return per reason
    """Say what is wrong with *url*, "" when nothing is."""
    if not _PRINTABLE.fullmatch(url) or len(url) > URL_MAX:
        return f"it must be at most {URL_MAX} printable ASCII characters without spaces (a name in punycode)"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "it is not a URL"
    if parts.username is not None or parts.password is not None:
        return "it holds a user or a password; the signature proves who sends"
    if parts.fragment or "#" in url:
        return "it has a fragment"
    if port == 0:
        return "its port is 0"
    own = _own(host, loopback=loopback)
    if own:
        return own
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback and _is_loopback(host)):
        return "it must begin with https://"
    return ""


def _own(host: str, *, loopback: bool) -> str:
    """Say why *host* is not somebody else's public host, "" when it may be."""
    if not host:
        return "it names no host"
    try:
        ip_address(host)
    except ValueError:
        pass
    else:
        return "" if is_allowed(host, loopback=loopback) else f"{host} is not a public address"
    if _is_loopback(host):
        return "" if loopback else f"{host} is this machine"
    if any(f".{host}".endswith(name) for name in _OWN_NAMES) or "." not in host:
        return f"{host} is not a public name"
    return "" if all(map(_LABEL.fullmatch, host.removesuffix(".").split("."))) else f"{host} is not a host"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
