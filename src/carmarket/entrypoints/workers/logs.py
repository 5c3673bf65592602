"""
What long-running processes say on standard error.
"""

from __future__ import annotations

import logging

DRIVERS = ("aiokafka", "botocore", "elastic_transport", "pymongo", "uvicorn")


def log_to_stderr() -> None:
    """From the worth knowing upwards; of drivers only what is wrong."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for driver in DRIVERS:
        logging.getLogger(driver).setLevel(logging.WARNING)
