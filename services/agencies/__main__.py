"""``python -m services.agencies``: run the service."""

from __future__ import annotations

from services.agencies.app import create_service
from services.agencies.settings import AgenciesSettings
from services.kit.settings import read_settings

if __name__ == "__main__":
    create_service(read_settings(AgenciesSettings)).run()
