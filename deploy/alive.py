"""The image's health check: exit code 0 when the bot that listens on PORT on this machine says that it is alive.

Not ``urllib``: that would send the question to a proxy, where the environment names one. Not ``/readyz``: to start the container
anew does not bring back a store or Telegram.
"""

from __future__ import annotations

import http.client
import os


def main() -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8080), timeout=3)
    try:
        connection.request("GET", "/livez")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    raise SystemExit(main())
