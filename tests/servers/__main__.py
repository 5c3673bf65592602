"""
`make servers` and `make servers-stop`: the six servers, for trying things out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.servers.running import GIVEN, Servers

STATE = Path(__file__).parents[2] / "build" / "servers"
"""A link to the folder of those that run."""


def start() -> int:
    """Start them, and print where they are as lines for a shell; how many are missing."""
    if not STATE.exists():
        STATE.unlink(missing_ok=True)
        STATE.parent.mkdir(exist_ok=True)
        STATE.symlink_to(Servers.open().folder)
    missing = 0
    for store, serving in Servers(STATE.resolve()).all().items():
        missing += not serving.is_there
        where = f"export {GIVEN}{store.upper()}='{serving.url}'  " if serving.is_there else ""
        print(f"{where}# {serving.told}")
    return missing


def stop() -> int:
    """End them; nothing to do where none run."""
    if STATE.exists():
        Servers(STATE.resolve()).stop()
    STATE.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit({"start": start, "stop": stop}[sys.argv[1]]())
