// The framework matrix: moving between its cells, and writing one with its quotes.

import { announce, byId, complain, el, meta, sentence, showState } from "./dom.js";
import { Queue } from "./queue.js";
import { offer, ownKeys, watch } from "./room.js";

/** @typedef {{source: string, start: number, end: number}} Quote */
/** @typedef {{text: string, quotes: Quote[]} | null} Said what stands in the cell; `null`: nothing */

// The grid

const grid = document.querySelector("table.matrix");
if (grid) ownKeys("Matrix", [{ keys: "← → ↑ ↓", does: "the cell beside, above, below" }, { keys: "Enter", does: "open the cell" }]);
else ownKeys("Cell", [
  { keys: "Ctrl+Enter", does: "keep the summary with the ticked quotes" },
  { keys: "Ctrl+Z", does: "undo what was kept or withdrawn; in the summary the browser's own undo" },
]);

document.addEventListener("keydown", (event) => {
  const at = document.activeElement;
  if (!(at instanceof HTMLElement) || at.dataset.r === undefined) return;
  const step = /** @type {Record<string, [number, number]>} */ ({ ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] })[event.key];
  if (!step) return;
  const next = document.querySelector(`[data-r="${Number(at.dataset.r) + step[0]}"][data-c="${Number(at.dataset.c) + step[1]}"]`);
  if (next instanceof HTMLElement) next.focus();
  event.preventDefault();
});

async function refresh() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const fresh = page.getElementById("fresh");
  if (!fresh) return;
  const at = document.activeElement instanceof HTMLElement ? document.activeElement.dataset : {};
  byId("fresh").replaceWith(fresh);
  const same = at.r === undefined ? null : document.querySelector(`[data-r="${at.r}"][data-c="${at.c}"]`);
  if (same instanceof HTMLElement) same.focus();
}

// One cell

class Writing {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.row = root.dataset.row ?? "";
    this.case = root.dataset.case ?? "";
    /** GUID of what stands here as far as this page knows; the study refuses to write over anything else. */
    this.basis = root.dataset.basis ?? "";
    this.words = /** @type {HTMLTextAreaElement} */ (byId("words"));
    this.draft = `crosscase-draft:${meta("study")}:${meta("coder")}:${this.row}\n${this.case}`;
    /** @type {Said} */
    this.standing = this.basis ? this.now() : null;
    this.key = `crosscase-summaries:${this.row}\n${this.case}`;
    /** @type {{said: string, before: Said}[]} */
    this.deeds = [];
    try { this.deeds = JSON.parse(sessionStorage.getItem(this.key) ?? "[]"); } catch { /* undo begins afresh */ }
    this.queue = new Queue({
      onState: (state, n) => showState(this.queue.words(state, n), state !== "saved" && state !== "saving"),
      onRefused: (_change, error) => complain(`Not saved: ${sentence(error)}`),
    });
    this.listen();
    this.stack();
    this.revive();
  }

  listen() {
    byId("write").addEventListener("submit", (event) => { event.preventDefault(); this.keep(); });
    byId("withdraw").addEventListener("click", () => this.put(null, "Withdrawn"));
    byId("do-undo").addEventListener("click", () => this.undo());
    byId("attach").addEventListener("click", () => this.attach());
    byId("address").addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); this.attach(); }
    });
    this.words.addEventListener("input", () => this.remember());
    document.addEventListener("keydown", (event) => {
      const control = event.ctrlKey || event.metaKey;
      if (control && event.key === "Enter") { event.preventDefault(); this.keep(); }
      if (control && event.key.toLowerCase() === "z" && !event.shiftKey && !/^(TEXTAREA|INPUT)$/.test(document.activeElement?.tagName ?? "")) {
        event.preventDefault();
        this.undo();
      }
      // A check box has no undo of its own.
      else if (control && event.key.toLowerCase() === "z" && document.activeElement?.matches("[type=checkbox]")) { event.preventDefault(); this.undo(); }
    });
  }

  /** What the page shows now. @returns {{text: string, quotes: Quote[]}} */
  now() {
    const boxes = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("input[name=quote]:checked")]);
    return {
      text: this.words.value.trim(),
      quotes: boxes.map((box) => ({ source: box.dataset.source ?? "", start: Number(box.dataset.start), end: Number(box.dataset.end) })),
    };
  }

  get changed() { return this.words.value.trim() !== (this.standing?.text ?? ""); }

  keep() {
    const now = this.now();
    if (!now.text) { complain("The summary is empty: write something, or withdraw it."); this.words.focus(); return; }
    this.put(now, this.standing ? "Summary changed" : "Summary kept");
  }

  undo() {
    const deed = this.deeds.pop();
    if (!deed) { announce("Nothing to undo"); return; }
    void this.send(deed.before, `Undone: ${deed.said}`);
  }

  /** @param {Said} said @param {string} told */
  put(said, told) {
    this.deeds.push({ said: told, before: this.standing });
    void this.send(said, told);
  }

  /** @param {Said} said @param {string} told */
  async send(said, told) {
    const before = { basis: this.basis, standing: this.standing };
    const guid = said ? crypto.randomUUID() : "";
    const place = { row: this.row, case: this.case, basis: this.basis };
    if (!said && !this.basis) return;
    this.basis = guid;
    this.standing = said;
    this.show(told);
    try {
      await this.queue.send(said ? { verb: "summary", guid, ...place, text: said.text, quotes: said.quotes } : { verb: "unsummary", ...place });
      if (this.basis === guid) this.forget();
    } catch (error) {
      this.basis = before.basis;
      this.standing = before.standing;
      this.deeds.pop();
      complain(`Not saved: ${sentence(error)}`);
      announce(`Not saved: ${sentence(error)}`);
    }
  }

  /** @param {string} told */
  show(told) {
    announce(told);
    this.words.value = this.standing?.text ?? "";
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[name=quote]"))) {
      box.checked = Boolean(this.standing?.quotes.some((q) => q.source === box.dataset.source && q.start === Number(box.dataset.start) && q.end === Number(box.dataset.end)));
    }
    byId("withdraw").toggleAttribute("disabled", !this.standing);
    this.stack();
  }

  stack() {
    try { sessionStorage.setItem(this.key, JSON.stringify(this.deeds)); } catch { /* undo works in this page only */ }
    const last = this.deeds[this.deeds.length - 1];
    byId("do-undo").toggleAttribute("disabled", !last);
    byId("do-undo").setAttribute("aria-label", last ? `Undo: ${last.said}` : "Undo");
  }

  /** A passage by the address that the Source room shows. */
  attach() {
    const field = /** @type {HTMLInputElement} */ (byId("address"));
    const found = /\/sources\/([0-9a-f-]{36})\?(?:.*&)?at=(\d+)-(\d+)/.exec(field.value);
    if (!found) { complain("This is no address of a passage: open the passage in its source and copy the address."); field.focus(); return; }
    const [, source, start, end] = found;
    const box = el("input", { type: "checkbox", name: "quote", "data-source": source, "data-start": start, "data-end": end, checked: true });
    const address = `/sources/${source}?at=${start}-${end}`;
    document.querySelector("ul.attach")?.prepend(el("li", {}, el("label", { class: "check" }, box, el("span", { class: "words" }, `Characters ${start} to ${end}`)), el("p", { class: "by" }, el("a", { href: address }, "see it in its source"))));
    field.value = "";
    announce("Attached: keep the summary to save it");
    box.focus();
  }

  remember() {
    try { localStorage.setItem(this.draft, JSON.stringify({ text: this.words.value, basis: this.basis })); } catch { /* the draft lives in this page only */ }
  }

  forget() {
    try { localStorage.removeItem(this.draft); } catch { /* nothing was kept */ }
  }

  /** Words that were typed and not kept come back. */
  revive() {
    try {
      const draft = JSON.parse(localStorage.getItem(this.draft) ?? "null");
      if (!draft || draft.text.trim() === this.words.value.trim()) return;
      this.words.value = draft.text;
      byId("state").textContent = "Not kept yet: your words of before";
    } catch { /* no draft */ }
  }

  /** A colleague has written here. */
  news() {
    if (this.changed) {
      complain("Somebody has changed this cell in the meantime. Your words stay in this browser; reload to see both.");
      this.remember();
    } else location.reload();
  }
}

const root = document.getElementById("cell");
if (root && meta("coder")) {
  const writing = new Writing(root);
  watch((news) => {
    const here = news.find((one) => one.summary && one.summary.row === writing.row && one.summary.case === writing.case);
    if (here && here.actor !== meta("coder")) writing.news();
  });
} else if (grid) watch(() => void refresh());
else watch(offer);
document.documentElement.dataset.ready = "1";
