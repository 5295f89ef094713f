// Keeps parts of a page as they are on the server, without a reload. A region says where its part
// comes from (data-live-part) and which event stream tells of changes (data-live-events). On every
// change the part is asked for anew and only what differs is touched, so that focus and reading
// position stay. Without this file every page works by loading it again.
(() => {
  "use strict";
  const REFRESH_MS = 120000;
  const AGAIN_MS = 3000;
  const SETTLE_MS = 700;
  const SAID_MS = 10000;
  const announcer = document.getElementById("announcer");
  const said = document.getElementById("answer-said");

  const say = (words) => {
    announcer.textContent = "";
    window.setTimeout(() => { announcer.textContent = words; }, 50);
  };

  // Also to be seen: what was answered is gone from the page.
  let hiding = 0;
  const show = (words) => {
    say(words);
    said.textContent = words;
    said.hidden = false;
    window.clearTimeout(hiding);
    hiding = window.setTimeout(() => { said.hidden = true; }, SAID_MS);
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

  // How much a node looks like being the same one: 0 where it cannot be. What an element says tells
  // it from its neighbours better than how it is written: it may be open, or waiting for an answer.
  const likeness = (have, want) => {
    if (have.nodeName !== want.nodeName) return 0;
    if (have.nodeType !== 1) return have.nodeValue === want.nodeValue ? 2 : 1;
    const said = have.textContent === want.textContent ? 8 : 0;
    return 4 + said + (have.cloneNode(false).isEqualNode(want.cloneNode(false)) ? 4 : 0);
  };

  // Which of two rows of nodes are the same, in order: the pairs with the most likeness in all.
  const align = (have, want, pair) => {
    let first = 0;
    let haveEnd = have.length;
    let wantEnd = want.length;
    const equal = (h, w) => have[h].isEqualNode(want[w]) && (pair(have[h], want[w]), true);
    while (first < haveEnd && first < wantEnd && equal(first, first)) first += 1;
    while (haveEnd > first && wantEnd > first && equal(haveEnd - 1, wantEnd - 1)) { haveEnd -= 1; wantEnd -= 1; }
    const width = wantEnd - first + 1;
    const best = new Array((haveEnd - first + 1) * width).fill(0);
    const at = (h, w) => (h - first) * width + (w - first);
    for (let h = haveEnd - 1; h >= first; h -= 1) {
      for (let w = wantEnd - 1; w >= first; w -= 1) {
        const like = likeness(have[h], want[w]);
        best[at(h, w)] = Math.max(best[at(h + 1, w)], best[at(h, w + 1)], like && like + best[at(h + 1, w + 1)]);
      }
    }
    for (let h = first, w = first; h < haveEnd && w < wantEnd;) {
      const like = likeness(have[h], want[w]);
      if (like && best[at(h, w)] === like + best[at(h + 1, w + 1)]) { pair(have[h], want[w]); h += 1; w += 1; }
      else if (best[at(h, w)] === best[at(h + 1, w)]) h += 1;
      else w += 1;
    }
  };

  // Makes `have` the same as `want`. A child with a data-key is that of the same key, wherever it
  // is; of the others each stays itself where it is still wanted, so that what stands before the
  // focus may come and go.
  const morph = (have, want) => {
    if (have.nodeType !== 1) {
      if (have.nodeValue !== want.nodeValue) have.nodeValue = want.nodeValue;
      return;
    }
    copyAttributes(have, want);
    const keyed = new Map();
    for (const child of have.children) if (keyOf(child)) keyed.set(keyOf(child), child);
    const kept = new Map();
    const pair = (mine, next) => kept.set(next, mine);
    for (const next of want.children) {
      const mine = keyed.get(keyOf(next));
      if (mine?.nodeName !== next.nodeName) continue;
      keyed.delete(keyOf(next));
      pair(mine, next);
    }
    const unkeyed = (node) => [...node.childNodes].filter((child) => !keyOf(child));
    align(unkeyed(have), unkeyed(want), pair);
    const staying = new Set(kept.values());
    for (const child of [...have.childNodes]) if (!staying.has(child)) child.remove();
    let place = have.firstChild;
    for (const next of [...want.childNodes]) {
      const same = kept.get(next);
      if (!same) {
        const added = document.importNode(next, true);
        if (keyOf(added) && added.dataset.announce) added.classList.add("arrived");
        have.insertBefore(added, place);
        continue;
      }
      if (same === place) place = place.nextSibling;
      else have.insertBefore(same, place);
      morph(same, next);
    }
  };

  const keepLive = (region) => {
    const state = document.getElementById(region.dataset.liveState);
    let asking = false;
    let again = false;
    let missed = false;
    let timer = 0;
    let settling = 0;
    let answered = false;
    let pointed = false;
    let over = false;
    let stream = null;
    let retry = 1000;

    const showState = (name, words) => {
      if (!state || state.dataset.state === name) return;
      state.dataset.state = name;
      state.querySelector("[data-words]").textContent = words;
    };

    const keys = () => new Set([...region.querySelectorAll("[data-announce]")].map(keyOf));

    const signedOut = () => {
      over = true;
      showState("off", "You are signed out, or somebody else signed in. Load the page.");
      stream?.close();
    };

    // What moves comes under a pointer that was meant for something else; and where an answer took
    // its card away, the focus is on the next, whose answer is not the same press again.
    const settle = () => {
      region.dataset.settling = answered ? "answered" : "moved";
      answered = false;
      window.clearTimeout(settling);
      settling = window.setTimeout(() => { delete region.dataset.settling; }, SETTLE_MS);
    };

    const focusAfter = (wasInside) => {
      if (!wasInside || region.contains(document.activeElement)) return;
      const next = region.querySelector("[data-focus-first]") || region.querySelector("[tabindex]");
      if (next) next.focus();
    };

    const refresh = async () => {
      if (over) return;
      if (asking) { again = true; return; }
      asking = true;
      try {
        const headers = { "Kith-Shown-To": document.body.dataset.shownTo };
        const response = await fetch(region.dataset.livePart, { headers, redirect: "error" });
        if (response.status === 401) {
          signedOut();
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
        if ([...keys()].join() !== [...before].join()) settle();
        if (wasInside && focused.isConnected) focused.focus({ preventScroll: true });
        focusAfter(wasInside);
        const fresh = [...region.querySelectorAll("[data-announce]")].filter((e) => !before.has(keyOf(e)));
        if (fresh.length === 1) say(fresh[0].dataset.announce);
        if (fresh.length > 1) say(`${fresh.length} new ${region.dataset.livePlural}`);
        const title = region.querySelector("[data-title]");
        if (title) document.title = title.dataset.title;
        if (missed && stream?.readyState === EventSource.OPEN) showState("live", "Live");
        missed = false;
      } catch {
        missed = true;
        showState("waiting", "Not connected. What you see may be out of date.");
        window.clearTimeout(timer);
        timer = window.setTimeout(refresh, AGAIN_MS);
      } finally {
        asking = false;
        if (again) { again = false; refresh(); }
      }
    };

    const connect = () => {
      stream = new EventSource(region.dataset.liveEvents);
      stream.addEventListener("open", () => { retry = 1000; showState("live", "Live"); refresh(); });
      stream.addEventListener("changed", () => { showState("live", "Live"); refresh(); });
      stream.addEventListener("interrupted", () => showState("waiting", "Not connected. What you see may be out of date."));
      stream.addEventListener("error", () => {
        if (over) return;
        showState("waiting", "Not connected. Trying again.");
        if (stream.readyState !== EventSource.CLOSED) return;
        window.setTimeout(() => { if (!over) connect(); }, retry);
        retry = Math.min(retry * 2, 30000);
        refresh();
      });
    };

    region.addEventListener("click", (event) => { pointed = event.detail > 0; });
    region.addEventListener("submit", async (event) => {
      const form = event.target.closest("form[data-live-form]");
      if (!form) return;
      event.preventDefault();
      const button = form.querySelector("button");
      if (button.hasAttribute("aria-disabled")) return;
      const settles = region.dataset.settling;
      if (settles === "answered" || (settles && pointed)) {
        show("This list has just changed. Look at it, and choose again.");
        return;
      }
      said.hidden = true;
      button.setAttribute("aria-disabled", "true");
      const fault = form.querySelector("[data-fault]");
      try {
        const body = new URLSearchParams(new FormData(form));
        const response = await fetch(form.action, { method: "POST", body, redirect: "manual" });
        if (response.type !== "opaqueredirect") {
          if (response.status === 401) signedOut();
          const page = new DOMParser().parseFromString(await response.text(), "text/html");
          const why = page.querySelector("main .faults li") ?? page.querySelector("main .lede");
          if (why) fault.textContent = why.textContent;
          throw new Error(String(response.status));
        }
        answered = true;
        show(form.dataset.done);
      } catch {
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

  // Some browsers focus by themselves only what can be typed into.
  document.querySelector(".faults")?.focus();
  document.querySelectorAll("[data-live-part]").forEach(keepLive);
})();
