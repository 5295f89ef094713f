"""Chromium as this machine has it, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The browser of this machine. None: Playwright's own, if it is installed."""
    return os.environ.get("KITH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def arguments() -> list[str]:
    """What it needs to run without a window, as root too."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--disable-gpu", "--disable-dev-shm-usage", *(["--no-sandbox"] if as_root else [])]


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser without a window. Raises :class:`NoBrowser` where there is none."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments())
        except Error as error:
            raise NoBrowser("Chromium was not found: install it, or set KITH_CHROMIUM") from error
        try:
            yield browser
        finally:
            browser.close()


class NoBrowser(Exception):
    """There is no Chromium here."""
