import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings

from sessions_app.webhooks.target import BadTarget

Address = IPv4Address | IPv6Address
NAT64 = IPv6Network("64:ff9b::/96")


# From a host and a port to the addresses that the host's name means.
Lookup = Callable[[str, int], Awaitable[list[str]]]


async def system_lookup(host: str, port: int) -> list[str]:
    """Ask the system's resolver. Raises OSError and UnicodeError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(info[4][0]).partition("%")[0] for info in found]


async def checked_address(
    host: str, port: int, lookup: Lookup = system_lookup, *, is_plain: bool
) -> str:
    """Look a host's name up, once, and return an address that webhooks may go to.

    The caller connects to this very address: a name that means another one a moment
    later leads nowhere else. `is_plain`: by http, which only listed addresses get.
    Raises BadTarget.
    """
    try:
        addresses = [ip_address(text) for text in await lookup(host, port)]
    except (OSError, UnicodeError):
        raise BadTarget(f"There is no host {host}.") from None
    for address in addresses:
        if is_listed(address) or (is_public(address) and not is_plain):
            return str(address)
    if is_plain and any(map(is_public, addresses)):
        raise BadTarget("Only https goes to a public address.")
    raise BadTarget(
        f"{host} is at a private address, which RINGSIDE_WEBHOOK_ALLOWED does not list."
    )


def is_listed(address: Address) -> bool:
    networks = settings.WEBHOOK_ALLOWED
    return any(n.version == address.version and address in n for n in networks)


def is_public(address: Address) -> bool:
    """Return whether anybody in the world may be there, by whatever way of writing."""
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
        if not all(is_public(one) for one in inner if one is not None):
            return False
    return address.is_global and not address.is_multicast
