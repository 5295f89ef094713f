"""``python -m services.kit.healthy``: whether the service in this container can do its work.

For a container's health check, without curl. Exit code 0 when ``/health/ready`` says so, 1 when
it does not. ``--wait SECONDS``: ask again until it does or the time is over.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import time

_ASK_SECONDS = 4.0


def faults(port: int) -> list[str]:
    """Why the service on that port of this machine cannot do its work; nothing when it can."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ASK_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        said = answer.read()
        return [] if answer.status == http.HTTPStatus.OK else json.loads(said)["faults"]
    except (OSError, http.client.HTTPException) as error:
        return [f"nothing answers on port {port}: {type(error).__name__}"]
    except (ValueError, KeyError):
        return [f"what answers on port {port} is not a service of Kith"]
    finally:
        connection.close()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m services.kit.healthy", description=__doc__)
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS")
    deadline = time.monotonic() + parser.parse_args(arguments).wait
    port = int(os.environ.get("KITH_HTTP_PORT") or 0)
    while found := faults(port):
        if time.monotonic() > deadline:
            print(*found, sep="\n", file=sys.stderr)
            return 1
        time.sleep(0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
