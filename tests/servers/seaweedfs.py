"""
SeaweedFS, which speaks S3's protocol.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.servers.downloads import wheels
from tests.servers.processes import Server, environment, free_ports, spawn, wait_until

KEY, SECRET = "tests", "tests-only"
GRPC = 10_000
"""Each of its ports is used with this added, too."""


def start(folder: Path) -> Server:
    """It checks signatures, and keeps full buckets. Raises: CannotBeHadError."""
    weed = wheels() / "bin" / "weed"
    s3, master, volume, filer, admin = free_ports(5, also=GRPC)
    who = {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [who]}))
    (folder / "data").mkdir()
    command = [
        weed, "-logdir", folder, "mini", "-dir", folder / "data", "-ip", "127.0.0.1", "-ip.bind", "127.0.0.1",
        "-s3.port", str(s3), "-s3.config", folder / "s3.json", "-master.port", str(master),
        "-volume.port", str(volume), "-filer.port", str(filer), "-admin.port", str(admin),
        "-filer.localSocket", folder / "f.sock", "-s3.localSocket", folder / "s3.sock", "-webdav=false",
        "-admin.ui=false", "-s3.port.iceberg", "0", "-s3.port.lance", "0", "-s3.allowDeleteBucketNotEmpty=false",
        "-master.telemetry=false",
    ]  # fmt: skip
    process = spawn(command, folder, env=environment(TMPDIR=str(folder)))  # it leaves sockets there
    version = wait_until(process, folder, lambda: _version(weed, s3))
    return Server(
        name="seaweedfs", version=version, url=f"s3://{KEY}:{SECRET}@127.0.0.1:{s3}/carmarket?scheme=http",
        pid=process.pid, folder=folder,
    )  # fmt: skip


def _version(weed: Path, port: int) -> str | None:
    """An answer that signs nobody in is an answer."""
    try:
        urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
    except HTTPError as refused:
        if refused.code >= 500:
            return None
    told = subprocess.run([weed, "version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[2]
