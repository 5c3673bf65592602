"""
What long-running processes say on standard error.
"""

from __future__ import annotations

import logging

DRIVERS = ("aiokafka", "botocore", "elastic_transport", "psycopg.pool", "pymongo", "uvicorn")


def silence_drivers() -> None:
    """For commands that end: what a driver has to say of a store is in the error that the command ends with."""
    for driver in DRIVERS:
        logging.getLogger(driver).setLevel(logging.CRITICAL)


def log_to_stderr() -> None:
    """From the worth knowing upwards; of drivers only what is wrong."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for driver in DRIVERS:
        logging.getLogger(driver).setLevel(logging.WARNING)
