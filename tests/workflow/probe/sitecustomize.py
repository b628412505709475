"""Put on a run's PYTHONPATH: counts, slows or breaks the calls at the boto3 client.

CROWDMAKE_CALLS    file that gets the name of every operation called, a line each
CROWDMAKE_LATENCY  seconds that every call takes longer
CROWDMAKE_BREAK    operations (separated by commas) that cannot reach the market
"""

import importlib.abc
import importlib.util
import os
import sys
import time
from pathlib import Path


class _Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "botocore.client":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            _instrument(module.BaseClient)

        spec.loader.exec_module = exec_module
        return spec


def _instrument(client):
    call = client._make_api_call

    def counted(self, operation_name, api_params):
        with Path(os.environ["CROWDMAKE_CALLS"]).open("a", encoding="ascii") as calls:
            calls.write(f"{operation_name}\n")
        time.sleep(float(os.environ.get("CROWDMAKE_LATENCY", "0")))
        if operation_name in os.environ.get("CROWDMAKE_BREAK", "").split(","):
            from botocore.exceptions import EndpointConnectionError

            raise EndpointConnectionError(endpoint_url="http://market.invalid")
        return call(self, operation_name, api_params)

    client._make_api_call = counted


if "CROWDMAKE_CALLS" in os.environ:
    sys.meta_path.insert(0, _Watch())
