"""What can be computed of a page's accessibility: names, headings, ids, contrast, target size."""

from __future__ import annotations

from playwright.sync_api import Page

FAULTS = """
() => {
  const faults = [];
  const shown = (e) => {
    const s = getComputedStyle(e), r = e.getBoundingClientRect();
    return s.visibility !== "hidden" && s.display !== "none" && r.width > 1 && r.height > 1
      && !e.closest(".visually-hidden");
  };
  const where = (e) => `${e.tagName.toLowerCase()} "${(e.textContent || "").trim().slice(0, 40)}"`;

  if (document.documentElement.lang !== "en-GB") faults.push("the page has no language");
  if (!document.title.includes("Kith")) faults.push("the page has no title");
  for (const part of ["header", "main", "footer"])
    if (document.querySelectorAll(`body > ${part}`).length !== 1) faults.push(`not one ${part}`);
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  let level = 0;
  for (const h of document.querySelectorAll("h1, h2, h3, h4")) {
    const now = Number(h.tagName[1]);
    if (now > level + 1) faults.push(`heading level skipped at ${where(h)}`);
    level = now;
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids))
    if (ids.filter((i) => i === id).length > 1) faults.push(`the id ${id} is there twice`);
  for (const name of ["aria-labelledby", "aria-describedby"])
    for (const e of document.querySelectorAll(`[${name}]`))
      for (const id of e.getAttribute(name).split(" "))
        if (!document.getElementById(id)) faults.push(`${name} names ${id}, which is not there`);
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!e.labels.length && !e.getAttribute("aria-label")) faults.push(`no label: ${e.name}`);
  for (const e of document.querySelectorAll("a[href], button"))
    if (!e.textContent.trim() && !e.ariaLabel) faults.push(`no name: ${where(e)}`);
  for (const e of document.querySelectorAll("svg"))
    if (!e.ariaHidden && !e.ariaLabel) faults.push("svg: no name");
  for (const e of document.querySelectorAll("img"))
    if (!e.hasAttribute("alt")) faults.push("img: no alt");
  for (const e of document.querySelectorAll("table"))
    if (!e.caption || !e.querySelector("th[scope]")) faults.push("a table has no caption or heads");

  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => {
      v /= 255;
      return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  for (const e of document.querySelectorAll("body *")) {
    if (!shown(e) || e.closest("svg")) continue;
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim())) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)} of ${where(e)}`);
  }
  for (const e of document.querySelectorAll("button, input:not([type=hidden])")) {
    const r = e.getBoundingClientRect();
    if (shown(e) && r.height < 24) faults.push(`${where(e)} is ${r.height} px high`);
  }
  const wide = document.documentElement;
  if (wide.scrollWidth > wide.clientWidth) faults.push(`${wide.scrollWidth} px wide`);
  return faults;
}
"""


def faults(page: Page) -> list[str]:
    """What is wrong, in words; nothing when all is well."""
    found: list[str] = page.evaluate(FAULTS)
    return found
