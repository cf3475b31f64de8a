// Sections that wait for work beside the typing: they show how far it is, and what came of it without a new page.

import { announce } from "./dom.js";

/** @param {Element} section */
async function look(section) {
  const ask = section.getAttribute("data-errand") ?? "";
  try {
    const state = await (await fetch(ask)).json();
    if (!state.running) {
      await renew(section, state.said);
      return;
    }
    const bar = section.querySelector("progress");
    const step = section.querySelector(".step");
    if (step) step.textContent = state.total > 1 && state.done ? `${state.step}: ${state.done} of ${state.total}` : state.step;
    if (bar && state.total) {
      bar.max = state.total;
      bar.value = state.done;
    }
  } catch { /* the server is away: ask again */ }
  window.setTimeout(() => void look(section), 500);
}

/** Put the section as it is now in its place. @param {Element} section @param {string} said */
async function renew(section, said) {
  const text = await (await fetch("/settings", { headers: { accept: "text/html" } })).text();
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(section.id);
  if (fresh) {
    section.replaceWith(document.adoptNode(fresh));
    fresh.querySelector("h2")?.focus({ preventScroll: true });
  }
  announce(said);
}

for (const section of document.querySelectorAll("[data-errand]")) void look(section);
