// Every room but the Source room: says when something has changed since the page was made, and sends what waits here.

import { announce, announceReady, byId, el, meta, showState } from "./dom.js";
import { showKeys } from "./keys.js";
import { Live } from "./live.js";
import { Queue, ofOthers } from "./queue.js";

/** Rooms that listen for themselves; what is checked blind hears nothing. */
const OWN_FEED = "[src$='study.js'], [src$='agreement.js'], [src$='disconfirm.js'], [src$='matrix.js'], [src$='search.js'], [src$='blind.js']";

/** What an earlier page could not send: this room says so and sends it. */
class Waiting {
  constructor() {
    this.connected = true;
    this.state = "";
    this.n = 0;
    this.first = 0; // how much waited when the page came
    this.queue = new Queue({ onState: (state, n) => this.tell(state, n), onRefused: () => undefined });
    this.first = this.queue.waiting;
    window.addEventListener("storage", () => this.show()); // another tab kept or sent something
    if (this.first) {
      this.tell("saving", this.first);
      announce(waits(this.first));
    }
  }

  /** @param {string} state @param {number} n */
  tell(state, n) {
    this.state = state;
    this.n = n;
    if (state === "saved" && this.first) {
      announce(`${amount(this.first)} that waited in this browser ${this.first === 1 ? "is" : "are"} saved`);
      this.first = 0;
    }
    this.show();
  }

  /** @param {boolean} on */
  heard(on) {
    this.connected = on;
    if (on && this.state === "other" && !this.n) this.state = "";
    this.show();
  }

  show() {
    if (byId("state").querySelector("a")) return; // the offer of a newer page stays
    const said = this.n && this.state === "saving" ? waits(this.n) : this.queue.words(this.state, this.n);
    const held = !["", "saving", "saved"].includes(this.state);
    if (held && said && (this.n || this.state === "other")) showState(said, true);
    else if (!this.connected) showState("Not connected", true);
    else showState(said || others(), !said && others() !== "");
  }
}

/** @param {number} n */
function amount(n) { return `${n} ${n === 1 ? "change" : "changes"}`; }

/** @param {number} n */
function waits(n) { return `${amount(n)} ${n === 1 ? "is" : "are"} waiting in this browser`; }

/** What waits here for other people. */
function others() {
  const found = [...ofOthers()].map(([coder, n]) => `${amount(n)} of ${coder}`);
  return found.length ? `Waiting in this browser: ${found.join(", ")}; saved when they work here again.` : "";
}

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
  const waiting = Queue.made ? null : new Waiting();
  waiting?.show();
  return new Live(meta("cursor"), "", {
    onNews: later,
    onStale: () => later([]),
    onState: (on) => {
      if (waiting) waiting.heard(on);
      else if (!on) showState("Not connected", true);
      else if (byId("state").textContent === "Not connected") showState("", false);
    },
    onOther: () => void Queue.made?.look(),
  });
}

/** Offer to show the page as it is now. */
export function offer() {
  const place = byId("state");
  if (place.querySelector("a")) return;
  place.className = "state";
  place.replaceChildren(el("a", { href: location.href }, "Changed: show the newest"));
}

/** @type {[string, import("./keys.js").Help[]][]} */
const KEYS = [["Everywhere", [
  { keys: "Tab", does: "the next link, button or field; Shift+Tab the one before. The first leads past the bar" },
  { keys: "Enter", does: "open it, press it" },
  { keys: "Space", does: "tick it, open a list, unfold what is folded" },
  { keys: "?", does: "this list; rooms where text is coded or decided on have more keys" },
]]];

/** Keys of this room, before those that every room has. @param {string} title @param {import("./keys.js").Help[]} rows */
export function ownKeys(title, rows) { KEYS.unshift([title, rows]); }

// On the window, so after the rooms that have a list of their own.
window.addEventListener("keydown", (event) => {
  const field = /** @type {Element} */ (event.target);
  if (event.key !== "?" || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(field.tagName ?? "") || field.closest?.("dialog[open]")) return;
  event.preventDefault();
  showKeys(KEYS);
});

if (meta("guard") && document.body.className !== "-room" && !document.querySelector(`script:is(${OWN_FEED})`)) watch(offer);

announceReady();
