// Everything works without this; it copies, looks without a new page, and renews what has changed.
"use strict";
(() => {
  const main = document.querySelector("main");
  const said = document.getElementById("said");
  const here = location.href;
  let busy = false;
  document.documentElement.classList.add("js");

  const say = (text) => { said.textContent = ""; setTimeout(() => { said.textContent = text; }, 50); };

  // Only what differs is put in place, so that scroll, focus and a selection stay where they are.
  const renewFrom = (html) => {
    // Without the head: its style has a nonce of its own, which this page's policy would report.
    const part = html.slice(html.indexOf("<main"), html.lastIndexOf("</main>"));
    const fresh = new DOMParser().parseFromString(part, "text/html");
    if (!fresh.querySelector("main[data-renews]")) { location.reload(); return; }
    const before = document.getElementById("where").textContent;
    for (const section of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(section.id);
      if (!next || next.outerHTML === section.outerHTML || holdsSelection(section)) continue;
      const focused = section.contains(document.activeElement) ? document.activeElement.id : "";
      section.replaceWith(document.adoptNode(next));
      if (focused) (document.getElementById(focused) || refuge(next)).focus({ preventScroll: true });
    }
    main.dataset.renews = fresh.querySelector("main").dataset.renews;
    document.title = fresh.querySelector("main").dataset.title;
    document.querySelector(".scripted")?.toggleAttribute("hidden", main.dataset.renews === "0");
    const after = document.getElementById("where").textContent;
    if (after !== before) say(after);
    return fresh;
  };
  const refuge = (section) => {
    const heading = section.querySelector("h2") || document.querySelector("h1");
    heading.tabIndex = -1;
    return heading;
  };
  const holdsSelection = (section) => {
    const selection = getSelection();
    return !selection.isCollapsed && section.contains(selection.anchorNode);
  };

  const load = async (options) => {
    const answer = await fetch(here, { cache: "no-store", credentials: "omit", ...options });
    return answer.text();
  };

  const every = () => Number(main.dataset.renews) * 1000;
  const renew = async () => {
    if (!busy && document.visibilityState === "visible") {
      busy = true;
      try { renewFrom(await load()); } catch { /* offline: the next one may do better */ }
      busy = false;
    }
    plan();
  };
  let timer;
  const plan = () => { clearTimeout(timer); if (every()) timer = setTimeout(renew, every()); };
  document.addEventListener("visibilitychange", () => { if (every()) renew(); });
  plan();

  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    const button = document.getElementById("check");
    button.setAttribute("aria-disabled", "true");
    button.textContent = "Checking…";
    try {
      const fresh = renewFrom(await load({ method: "POST", body: new URLSearchParams() }));
      const notice = fresh?.getElementById("notice").textContent || "";
      document.getElementById("notice").textContent = notice;
    } catch {
      document.getElementById("notice").textContent = "That did not get through. Try again.";
    }
    const again = document.getElementById("check");
    if (again) { again.removeAttribute("aria-disabled"); again.textContent = "Check now"; }
    busy = false;
  });

  const select = (node) => { getSelection().selectAllChildren(node); };
  const copied = async (node) => {
    try { await navigator.clipboard.writeText(node.textContent); return true; } catch { /* older */ }
    select(node);
    const done = document.execCommand("copy");
    getSelection().removeAllRanges();
    return done;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const node = document.getElementById(button.dataset.copy);
    const label = button.firstChild;
    if (await copied(node)) {
      label.data = "Copied";
      say(`Copied ${node.textContent}`);
      setTimeout(() => { label.data = "Copy"; }, 2000);
    } else {
      select(node);
      say("Selected: copy it with your keyboard");
    }
  });
})();
