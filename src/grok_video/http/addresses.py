"""The address that a request came from, for limits per address."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request

MAX_REMEMBERED = 10_000
LOOPBACK = ("127.0.0.0/8", "::1/128")


class Addresses:
    """Tells clients apart by address; loopback and the `exempt` networks (proxies) have no limits of their own."""

    def __init__(self, exempt: Iterable[str] = ()) -> None:
        self._exempt = [ip_network(network) for network in (*LOOPBACK, *exempt)]
        self._found: dict[str, str | None] = {}

    def limited(self, request: Request) -> str | None:
        """Return the client's address, of an IPv6 one its /64 network; None if it has no limits or is unknown."""
        host = request.client.host if request.client else ""
        if host not in self._found:
            # Parsing one takes longer than the rest of a status read.
            if len(self._found) >= MAX_REMEMBERED:
                self._found.clear()
            self._found[host] = self._limited(host)
        return self._found[host]

    def _limited(self, host: str) -> str | None:
        try:
            address = ip_address(host)
        except ValueError:
            return None
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in network for network in self._exempt):
            return None
        # A household or server has a whole /64 to choose from.
        return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


def address_of(request: Request) -> str | None:
    """Return the client's address as it is, for logs."""
    return request.client.host[:64] if request.client else None
