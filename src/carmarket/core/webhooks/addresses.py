"""
Which addresses of the network are everybody's, and which belong to whoever runs the market.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 addresses in the form of IPv6 ones (RFC 6052)."""


def is_public(address: str, *, loopback: bool = False) -> bool:
    """
    Whether letters may go there: to no private, loopback, link-local, multicast or reserved address (RFC 6890).

    An IPv6 address that stands for an IPv4 one is judged as that. With `loopback` this very machine will do too.
    """
    try:
        known = meant(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if known.is_loopback:
        return loopback
    special = known.is_private or known.is_link_local or known.is_multicast or known.is_reserved or known.is_unspecified
    if isinstance(known, IPv6Address):
        special = special or known.is_site_local
    return known.is_global and not special


def meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address leads to, or itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address
