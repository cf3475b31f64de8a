// The questions that the framework asks about a coding: one key per answer, then the next question.

import { announce, byId, el } from "./dom.js";
import { singleLetters } from "./keys.js";

const KEYS = "123456789abcdefghijklmnopqrstuvwxyz";

export class FacetBar {
  /**
   * @param {import("./book.js").Book} book
   * @param {{onAnswer: (guid: string, answers: Record<string, string>) => void, onDone: () => void, onUndo: () => void}} ears
   */
  constructor(book, ears) {
    this.book = book;
    this.ears = ears;
    this.root = byId("facets");
    this.guid = "";
    /** @type {Record<string, string>} */
    this.answers = {};
    this.at = 0;
    this.frame = 0;
    this.root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-value]");
      if (button instanceof HTMLElement) this.answer(button.dataset.value ?? "");
      const tab = /** @type {Element} */ (event.target).closest("[data-facet]");
      if (tab instanceof HTMLElement) this.go(Number(tab.dataset.facet));
      if (/** @type {Element} */ (event.target).closest(".finish")) this.done();
      if (/** @type {Element} */ (event.target).closest(".back")) this.ears.onUndo();
    });
  }

  get open() { return !this.root.hidden; }
  get facet() { return this.book.facets[this.at]; }

  /** Ask about a coding. @param {import("./marks.js").Coding} coding @param {boolean} focus */
  ask(coding, focus) {
    if (!this.book.facets.length) return;
    this.guid = coding.guid;
    this.answers = this.book.known(coding.facets);
    this.at = 0;
    this.root.hidden = false;
    this.show(focus);
  }

  /** Ask by another codebook; `coding` as it stands now. @param {string} facet what is being asked @param {import("./marks.js").Coding | undefined} coding */
  renew(facet, coding) {
    if (!this.open) return;
    if (!coding || !this.book.facets.length) { this.done(); return; }
    const focused = this.root.contains(document.activeElement);
    this.answers = this.book.known({ ...coding.facets, ...this.answers });
    this.at = Math.max(0, this.book.facets.findIndex((f) => f.id === facet));
    this.show(focused);
  }

  /** @param {boolean} focus */
  show(focus) {
    const facet = this.facet;
    const number = this.book.facets.length;
    const tabs = this.book.facets.map((f, i) => el("button", {
      type: "button", "data-facet": i, "aria-current": i === this.at ? "step" : undefined, class: this.answers[f.id] ? "answered" : "",
    }, el("small", {}, f.id), this.book.label(f.id, this.answers[f.id]) || "–"));
    const values = facet.values.map((v, i) => el("button", {
      type: "button", role: "radio", "aria-checked": String(this.answers[facet.id] === v.id), "data-value": v.id,
      title: v.include, tabindex: this.answers[facet.id] === v.id || (!this.answers[facet.id] && i === 0) ? 0 : -1,
    }, KEYS[i] ? el("kbd", {}, KEYS[i]) : null, v.label));
    this.root.replaceChildren(
      el("div", { class: "steps" }, ...tabs),
      el("div", { role: "radiogroup", "aria-label": `${facet.question} (${this.at + 1} of ${number})` },
        el("p", { class: "question" }, facet.question), el("div", { class: "answers" }, ...values)),
      el("p", { class: "note" }, "A key answers · ← → other questions\u00a0· ", el("button", { type: "button", class: "back link" }, "Undo"), el("button", { type: "button", class: "finish link" }, "Enter: done")));
    if (focus) this.focus();
  }

  /** Take the focus once the page has been drawn: a coder must not wait for it, and keys come here already. */
  focus() {
    window.cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => window.setTimeout(() => {
      const chosen = this.root.querySelector('[role=radio][tabindex="0"]');
      if (this.open && chosen instanceof HTMLElement) chosen.focus({ preventScroll: true });
    }));
  }

  /** @param {number} at */
  go(at) {
    this.at = Math.min(Math.max(at, 0), this.book.facets.length - 1);
    this.show(true);
  }

  /** @param {string} value */
  answer(value) {
    const facet = this.facet;
    // The same answer again takes it away where the framework leaves that open.
    const off = !facet.required && this.answers[facet.id] === value;
    this.answers = { ...this.answers, [facet.id]: off ? "" : value };
    if (off) delete this.answers[facet.id];
    this.ears.onAnswer(this.guid, this.answers);
    announce(`${facet.id}: ${off ? "no answer" : this.book.label(facet.id, value)}`);
    if (this.at + 1 < this.book.facets.length) this.go(this.at + 1);
    else this.done();
  }

  /** Show how a coding stands after an undoing; without it there is nothing to ask. @param {import("./marks.js").Coding | undefined} coding */
  stands(coding) {
    if (!this.open) return;
    if (!coding) { this.done(); return; }
    this.answers = this.book.known(coding.facets);
    this.show(this.root.contains(document.activeElement));
  }

  close() { this.root.hidden = true; }

  done() {
    if (this.root.hidden) return;
    this.close();
    this.ears.onDone();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = event.key.length === 1 ? KEYS.indexOf(event.key.toLowerCase()) : -1;
    const digit = /^[1-9]$/.test(event.key);
    if (event.key === "Enter" || event.key === "Escape") {
      const target = /** @type {Element} */ (event.target);
      // A button of this bar does what it says; one elsewhere only has the focus until the question is drawn.
      if (event.key === "Enter" && this.root.contains(target) && target.matches("button:not([role=radio])")) return;
      this.done();
    } else if (event.key === "ArrowRight") this.go(this.at + 1);
    else if (event.key === "ArrowLeft") this.go(this.at - 1);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.beside(event.key === "ArrowDown" ? 1 : -1);
    else if (place >= 0 && place < this.facet.values.length && (digit || singleLetters())) this.answer(this.facet.values[place].id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} step */
  beside(step) {
    const radios = /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll("[role=radio]")]);
    const at = radios.findIndex((radio) => radio === document.activeElement);
    const next = radios[(at + step + radios.length) % radios.length];
    for (const radio of radios) radio.tabIndex = radio === next ? 0 : -1;
    next.focus();
  }
}
