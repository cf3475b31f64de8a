// The Configurations room: waits while a plan is solved, and says what was found to people who cannot see the page.

import { announce, byId } from "./dom.js";
import "./room.js";

const working = /** @type {HTMLElement | null} */ (document.querySelector(".working"));

async function look() {
  const key = working?.dataset.key ?? "";
  try {
    const state = await (await fetch(`/api/configurations/state?key=${encodeURIComponent(key)}`)).json();
    if (!state.running) { location.reload(); return; }
    byId("step").textContent = `Solving, for ${state.seconds} seconds now. You can go on working meanwhile.`;
  } catch { /* the server is away: ask again */ }
  window.setTimeout(() => void look(), 700);
}

if (working) void look();
else {
  const found = [...document.querySelectorAll("#solutions ~ section h3")].map((title) => title.textContent?.trim() ?? "");
  if (location.search && found.length) announce(`Shown: ${found.join("; ")}`);
}
