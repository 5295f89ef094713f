"""``python -m services.portal``: serve the pages."""

from services.kit.settings import read_settings
from services.portal.app import create_service
from services.portal.settings import PortalSettings

if __name__ == "__main__":
    create_service(read_settings(PortalSettings)).run()
