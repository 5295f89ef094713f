// Keeps parts of a page as they are on the server, without a reload. A region says where its part
// comes from (data-live-part) and which event stream tells of changes (data-live-events). On every
// change the part is asked for anew and only what differs is touched, so that focus and reading
// position stay. Without this file every page works by loading it again.
(() => {
  "use strict";
  const REFRESH_MS = 120000;
  const AGAIN_MS = 3000;
  const announcer = document.getElementById("announcer");

  const say = (words) => {
    announcer.textContent = "";
    window.setTimeout(() => { announcer.textContent = words; }, 50);
  };

  const keyOf = (node) => (node.nodeType === 1 && node.dataset.key) || null;

  const copyAttributes = (have, want) => {
    for (const { name } of [...have.attributes]) {
      if (!want.hasAttribute(name) && name !== "open") have.removeAttribute(name);
    }
    for (const { name, value } of want.attributes) {
      if (have.getAttribute(name) !== value) have.setAttribute(name, value);
    }
  };

  // Makes `have` the same as `want`; children with a data-key are moved, never rewritten as others.
  const morph = (have, want) => {
    if (have.nodeType !== 1) {
      if (have.nodeValue !== want.nodeValue) have.nodeValue = want.nodeValue;
      return;
    }
    copyAttributes(have, want);
    const keyed = new Map();
    for (const child of have.children) if (keyOf(child)) keyed.set(keyOf(child), child);
    let place = have.firstChild;
    for (const next of [...want.childNodes]) {
      const key = keyOf(next);
      let same = key ? keyed.get(key) : place;
      const alike = same && keyOf(same) === key && same.nodeName === next.nodeName;
      if (!alike) {
        const added = document.importNode(next, true);
        if (key && added.dataset.announce) added.classList.add("arrived");
        have.insertBefore(added, place);
        continue;
      }
      // What stands between and has no key goes, rather than move `same` and lose its focus.
      while (key && place && place !== same && !keyOf(place)) {
        const gone = place;
        place = place.nextSibling;
        gone.remove();
      }
      if (same === place) place = place.nextSibling;
      else have.insertBefore(same, place);
      keyed.delete(key);
      morph(same, next);
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  };

  const keepLive = (region) => {
    const state = document.getElementById(region.dataset.liveState);
    let asking = false;
    let again = false;
    let missed = false;
    let timer = 0;
    let stream = null;
    let retry = 1000;

    const show = (name, words) => {
      if (!state || state.dataset.state === name) return;
      state.dataset.state = name;
      state.querySelector("[data-words]").textContent = words;
    };

    const keys = () => new Set([...region.querySelectorAll("[data-announce]")].map(keyOf));

    const focusAfter = (wasInside) => {
      if (!wasInside || region.contains(document.activeElement)) return;
      const next = region.querySelector("[data-focus-first]") || region.querySelector("[tabindex]");
      if (next) next.focus();
    };

    const refresh = async () => {
      if (asking) { again = true; return; }
      asking = true;
      try {
        const response = await fetch(region.dataset.livePart, { redirect: "error" });
        if (response.status === 401) {
          show("off", "You are signed out. Load the page to sign in.");
          stream?.close();
          return;
        }
        if (!response.ok) throw new Error(String(response.status));
        const wanted = new DOMParser().parseFromString(await response.text(), "text/html").body;
        // What is at work in does not go because a service did not answer for a moment.
        if (region.hasAttribute("data-live-keep") && wanted.querySelector(".missing")
            && !region.querySelector(".missing")) throw new Error("missing");
        const before = keys();
        const focused = document.activeElement;
        const wasInside = region.contains(focused);
        const frame = region.cloneNode(false);
        frame.append(...wanted.childNodes);
        morph(region, frame);
        if (wasInside && focused.isConnected) focused.focus({ preventScroll: true });
        focusAfter(wasInside);
        const fresh = [...region.querySelectorAll("[data-announce]")].filter((e) => !before.has(keyOf(e)));
        if (fresh.length === 1) say(fresh[0].dataset.announce);
        if (fresh.length > 1) say(`${fresh.length} new ${region.dataset.livePlural}`);
        const title = region.querySelector("[data-title]");
        if (title) document.title = title.dataset.title;
        if (missed && stream?.readyState === EventSource.OPEN) show("live", "Live");
        missed = false;
      } catch {
        missed = true;
        show("waiting", "Not connected. What you see may be out of date.");
        window.clearTimeout(timer);
        timer = window.setTimeout(refresh, AGAIN_MS);
      } finally {
        asking = false;
        if (again) { again = false; refresh(); }
      }
    };

    const connect = () => {
      stream = new EventSource(region.dataset.liveEvents);
      stream.addEventListener("open", () => { retry = 1000; show("live", "Live"); refresh(); });
      stream.addEventListener("changed", () => { show("live", "Live"); refresh(); });
      stream.addEventListener("interrupted", () => show("waiting", "Not connected. What you see may be out of date."));
      stream.addEventListener("error", () => {
        show("waiting", "Not connected. Trying again.");
        if (stream.readyState !== EventSource.CLOSED) return;
        window.setTimeout(connect, retry);
        retry = Math.min(retry * 2, 30000);
        refresh();
      });
    };

    region.addEventListener("submit", async (event) => {
      const form = event.target.closest("form[data-live-form]");
      if (!form) return;
      event.preventDefault();
      const button = form.querySelector("button");
      button.setAttribute("aria-disabled", "true");
      try {
        const body = new URLSearchParams(new FormData(form));
        const response = await fetch(form.action, { method: "POST", body, redirect: "manual" });
        if (response.type !== "opaqueredirect") throw new Error(String(response.status));
        say(form.dataset.done);
      } catch {
        const fault = form.querySelector("[data-fault]");
        fault.hidden = false;
        button.removeAttribute("aria-disabled");
        say(fault.textContent);
        return;
      }
      refresh();
    });

    if (!region.dataset.liveEvents) {
      window.setInterval(() => { if (!document.hidden) refresh(); }, 1000 * region.dataset.liveSeconds);
      return;
    }
    connect();
    window.setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
    window.addEventListener("pagehide", () => stream.close());
    window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  };

  document.querySelectorAll("[data-live-part]").forEach(keepLive);
})();
