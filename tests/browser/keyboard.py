"""A visitor who has a keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Page


def tab_to(page: Page, name: str, most: int = 40) -> None:
    """Press Tab until what has the focus is called ``name``."""
    called = "e => (e.labels?.[0] ?? e).textContent.trim().replace(/\\s+/g, ' ')"
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"({called})(document.activeElement)") == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}")
