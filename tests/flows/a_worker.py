"""A worker in a process of its own, so that a test can kill it: delivers until nothing is due."""

import sys

import xapi.delivery  # noqa: F401  (registers the kind)
from app.delivery.services.couriers import Couriers, deliver_once
from app.storage import Storage

if __name__ == "__main__":
    storage = Storage.open(sys.argv[1])
    couriers = Couriers(bytes.fromhex(sys.argv[2]))
    while not deliver_once(storage, couriers).idle:
        pass
