// Every room but the Source room: says when something has changed since the page was made.

import { announceReady, byId, el, meta } from "./dom.js";
import { Live } from "./live.js";

/** Rooms that listen for themselves. */
const OWN_FEED = "[src$='study.js'], [src$='agreement.js'], [src$='disconfirm.js'], [src$='matrix.js'], [src$='search.js']";

/** @param {(news: import("./live.js").News[]) => void} onChange called when the study has changed, at most every two seconds */
export function watch(onChange) {
  let timer = 0;
  /** @type {import("./live.js").News[]} */
  let heard = [];
  const later = (/** @type {import("./live.js").News[]} */ news) => {
    heard.push(...news);
    window.clearTimeout(timer);
    timer = window.setTimeout(() => { onChange(heard); heard = []; }, 1500);
  };
  return new Live("", "", {
    onNews: later,
    onStale: () => later([]),
    onState: (on) => {
      const place = byId("state");
      place.textContent = on ? "" : "Not connected";
      place.className = on ? "state" : "state warn";
    },
  });
}

/** Offer to show the page as it is now. */
export function offer() {
  const place = byId("state");
  if (place.querySelector("a")) return;
  place.replaceChildren(el("a", { href: location.href }, "Changed: show the newest"));
}

if (meta("guard") && document.body.className !== "-room" && !document.querySelector(`script:is(${OWN_FEED})`)) watch(offer);

announceReady();
