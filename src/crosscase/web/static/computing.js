// Waits for a computation and then shows the room.

import { byId, READY } from "./dom.js";

const bar = /** @type {HTMLProgressElement} */ (byId("computing"));

async function look() {
  try {
    const state = await (await fetch(bar.dataset.ask ?? "/api/computing")).json();
    if (!state.running) {
      if (bar.dataset.ready) {
        try { sessionStorage.setItem(READY, bar.dataset.ready); } catch { /* the page comes without being announced */ }
      }
      location.reload();
      return;
    }
    byId("step").textContent = state.total > 1 ? `${state.step}: ${state.done} of ${state.total}` : state.step;
    if (state.total) { bar.max = state.total; bar.value = state.done; }
  } catch { /* the server is away: ask again */ }
  window.setTimeout(() => void look(), 700);
}

void look();
