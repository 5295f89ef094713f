"""``python -m services.bench``: the same as ``kith bench``."""

from __future__ import annotations

from services.bench.cli import app

if __name__ == "__main__":
    app()
