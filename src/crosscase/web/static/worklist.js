// A list that is worked off by key: moving, deciding, undoing, and what colleagues change meanwhile.

import { announce, byId, complain, el, meta, sentence, showState } from "./dom.js";
import { singleLetters } from "./keys.js";
import { Live } from "./live.js";
import { Queue } from "./queue.js";
import { offer } from "./room.js";

/** @typedef {import("./queue.js").Change} Change */
/** @typedef {{said: string, undo: Change, row: string}} Deed */

const KEPT = 500;

export class Worklist {
  /**
   * @param {string} list id of the list; it says in `data-next` where it goes on
   * @param {string} rows selects its rows
   * @param {{settled: (row: HTMLElement | null, said: string, answer: any) => void, reopened: (row: HTMLElement | null, answer: any) => void}} ears
   */
  constructor(list, rows, ears) {
    this.list = byId(list);
    this.rows = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll(rows)]);
    this.ears = ears;
    this.key = `crosscase-worklist:${location.pathname}:${meta("coder")}`;
    /** @type {Deed[]} */
    this.deeds = [];
    try {
      this.deeds = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
    } catch { /* nothing kept: undo begins afresh */ }
    this.queue = new Queue({ onState: (state, waiting) => this.tell(state, waiting), onRefused: () => undefined });
    this.list.addEventListener("focusin", (event) => {
      const row = /** @type {Element} */ (event.target).closest(rows);
      if (row instanceof HTMLElement) this.mark(row);
    });
    this.mark(this.rows.find((row) => row.id === location.hash.slice(1)) ?? this.rows.find((row) => this.waits(row)) ?? this.rows[0]);
    this.listen();
  }

  /** @type {HTMLElement | undefined} */
  now;

  /** Others' changes are offered; own ones are shown already. */
  listen() {
    return new Live(meta("cursor"), "", {
      onNews: (news) => { if (news.some((one) => one.actor !== meta("coder"))) offer(); },
      onStale: offer,
      onState: (on) => this.connected(on),
      onOther: () => void this.queue.look(),
    });
  }

  /** @param {boolean} on */
  connected(on) {
    if (!on) this.tell("offline", this.queue.waiting);
    else if (byId("state").textContent === "Not connected") showState("", false);
  }

  /** @param {string} state @param {number} waiting */
  tell(state, waiting) {
    if (state === "saved" && byId("state").querySelector("a")) return;
    const said = state === "offline" && !waiting ? "Not connected" : this.queue.words(state, waiting);
    showState(said, state !== "saved" && state !== "saving");
  }

  /** @param {HTMLElement} row */
  waits(row) { return !row.classList.contains("settled"); }

  /** @param {HTMLElement | undefined} row */
  mark(row) {
    for (const other of this.rows) other.classList.toggle("now", other === row);
    this.now = row;
  }

  /** @param {HTMLElement} row */
  go(row) {
    this.mark(row);
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: row.offsetHeight > window.innerHeight * 0.8 ? "start" : "center" });
  }

  /** The next row, or the page after this one. @param {number} step */
  step(step) {
    if (this.now && document.activeElement !== this.now && !this.now.contains(document.activeElement)) { this.go(this.now); return; }
    const at = this.now ? this.rows.indexOf(this.now) : -1;
    const next = this.rows[at + step];
    if (next) this.go(next);
    else if (step > 0 && this.list.dataset.next) location.href = this.list.dataset.next;
    else announce(step > 0 ? "This is the last one" : "This is the first one");
  }

  /** The next row that waits; at the end of the list it says so. */
  nextOpen() {
    const at = this.now ? this.rows.indexOf(this.now) : -1;
    const next = [...this.rows.slice(at + 1), ...this.rows.slice(0, at)].find((row) => this.waits(row));
    if (next) this.go(next);
    else {
      this.now?.focus({ preventScroll: true });
      announce(this.list.dataset.next ? "Everything on this page is done; j goes on" : "Everything here is done");
    }
  }

  /**
   * Decide on a row: it is shown at once, sent in order, and taken back on the page if the study refuses it.
   * @param {HTMLElement | null} row @param {string} said @param {Change} change @param {Change} undo
   * @param {boolean} [stay] whether something is left to do at this row
   */
  async decide(row, said, change, undo, stay = false) {
    row?.classList.add("settled");
    this.deeds.push({ said, undo, row: row?.id ?? "" });
    this.keep();
    this.ears.settled(row, said, null);
    announce(said);
    if (row && !stay) this.nextOpen();
    try {
      this.ears.settled(row, said, await this.queue.send(change));
    } catch (error) {
      this.deeds = this.deeds.filter((deed) => deed.undo !== undo);
      this.keep();
      row?.classList.remove("settled");
      this.ears.reopened(row, null);
      this.refused(error);
      if (row) this.go(row);
    }
  }

  /** @param {any} error */
  refused(error) {
    complain(`Not saved: ${sentence(error)}`);
    announce(`Not saved: ${sentence(error)}`);
  }

  /** Take back what was decided last; without limit. */
  async undo() {
    const deed = this.deeds.pop();
    this.keep();
    if (!deed) { announce("Nothing to undo"); return; }
    const row = this.rows.find((one) => one.id === deed.row) ?? null;
    row?.classList.remove("settled");
    this.ears.reopened(row, null);
    announce(`Undone: ${deed.said}`);
    if (row) this.go(row);
    try {
      this.ears.reopened(row, await this.queue.send(deed.undo));
      if (!row) offer();
    } catch (error) {
      this.refused(error);
    }
  }

  keep() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.deeds.slice(-KEPT)));
    } catch { /* too much for the browser: undo still works in this page */ }
  }

  /**
   * Listen to keys; what means nothing here stays the browser's.
   * @param {Record<string, () => void>} deeds by key @param {(digit: number) => boolean} [digit]
   */
  keys(deeds, digit) {
    document.addEventListener("keydown", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (event.isComposing || event.defaultPrevented || event.altKey || target.closest("dialog[open]")) return;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      const low = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (event.ctrlKey || event.metaKey) {
        if (low !== "z" || event.shiftKey) return;
        event.preventDefault();
        void this.undo();
        return;
      }
      if (low !== "Escape" && low !== "?" && !singleLetters()) return;
      const done = deeds[low];
      if (done) done();
      else if (!(digit && /^[1-9]$/.test(low) && digit(Number(low)))) return;
      event.preventDefault();
    });
  }
}

/** A button with its key. @param {string} key @param {string} label @param {() => void} onclick @param {string} [does] */
export function keyButton(key, label, onclick, does) {
  return el("button", { type: "button", onclick, "data-deed": does ?? key }, el("kbd", {}, key), " ", label);
}
