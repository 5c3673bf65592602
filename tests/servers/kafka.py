"""
Apache Kafka, one broker that is its own controller.
"""

from __future__ import annotations

import base64
import socket
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tests.servers.downloads import jars, java
from tests.servers.processes import Server, free_ports, run, spawn, wait_until

POM = Path(__file__).parent / "java" / "kafka.xml"
NAME = "tests-kafka"
FLAGS = (
    "-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError",
    "-Djava.net.preferIPv4Stack=true",
)  # fmt: skip
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "log.cleaner.dedupe.buffer.size": "8388608",
    "log.cleaner.backoff.ms": "500",
}


def start(
    folder: Path,
    *,
    told: int | None = None,
    said: Mapping[str, str] = MappingProxyType({}),
    users: Sequence[str] = (),
) -> Server:
    """
    Format its folder and start it. Clients are told to come to its own port, or to another one before it.

    `said` are more of its settings, `users` such as "SCRAM-SHA-512=[name=anna,password=secret]".

    Raises: CannotBeHadError.
    """
    port, controller = free_ports(2)
    properties = folder / "server.properties"
    listeners = {
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{told or port}",
        "log.dirs": str(folder / "data"),
    }
    properties.write_text("".join(f"{name}={value}\n" for name, value in {**SETTINGS, **listeners, **said}.items()))
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    run(
        [
            java(), "-Xmx128m", "-cp", f"{jars(POM)}/*", "kafka.tools.StorageTool", "format",
            f"--cluster-id={cluster}", "-c", properties, *(part for user in users for part in ("--add-scram", user)),
        ],
        folder,
    )  # fmt: skip
    return launch(folder, port)


def launch(folder: Path, port: int) -> Server:
    """Start it on data that there is. Raises: CannotBeHadError."""
    lib = jars(POM)
    process = spawn([java(), *FLAGS, "-cp", f"{lib}/*", "kafka.Kafka", folder / "server.properties"], folder)
    version = wait_until(process, folder, lambda: _version(lib, port))
    return Server(name="kafka", version=version, url=f"kafka://127.0.0.1:{port}", pid=process.pid, folder=folder)


def _version(lib: Path, port: int) -> str | None:
    """It listens once it serves; its version stands on its jar."""
    socket.create_connection(("127.0.0.1", port), 1).close()
    (jar,) = lib.glob("kafka_2.13-*.jar")
    return jar.stem.removeprefix("kafka_2.13-")
