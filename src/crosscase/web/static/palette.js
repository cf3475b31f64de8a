// Choosing a code by a few letters. A combobox: the field keeps the focus, the list follows.

import { byId, el } from "./dom.js";

const SHOWN = 9;

export class Palette {
  /** @param {import("./book.js").Book} book */
  constructor(book) {
    this.book = book;
    this.root = byId("palette");
    this.field = /** @type {HTMLInputElement} */ (el("input", {
      type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list",
      "aria-label": "Code", autocomplete: "off", spellcheck: "false", placeholder: "Type a few letters of a code",
    }));
    this.list = el("ul", { id: "palette-list", role: "listbox", "aria-label": "Codes" });
    this.about = el("div", { class: "about-code", id: "palette-about", role: "region", "aria-label": "What the code means", tabindex: 0 });
    this.words = el("p", { class: "quote" });
    this.root.append(
      el("div", { class: "pick" }, this.words, this.field, this.list,
        el("p", { class: "note" }, "Enter codes · ↑ ↓ choose · Esc closes")),
      this.about);
    /** @type {import("./book.js").Code[]} */
    this.found = [];
    this.active = 0;
    /** @type {((code: string) => void) | null} */
    this.onChoose = null;
    /** @type {HTMLElement | null} */
    this.before = null;
    this.field.addEventListener("input", () => this.show());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = /** @type {Element} */ (event.target).closest("[role=option]");
      if (option instanceof HTMLElement) this.choose(Number(option.dataset.place));
    });
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(/** @type {Node | null} */ (event.relatedTarget))) this.close(false);
    });
  }

  get open() { return !this.root.hidden; }

  /** @param {string} typed @param {string} words @param {(code: string) => void} onChoose */
  ask(typed, words, onChoose) {
    this.before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    this.onChoose = onChoose;
    this.words.textContent = words;
    this.root.hidden = false;
    this.field.value = typed;
    this.field.focus();
    this.show();
  }

  /** @param {boolean} back whether the focus returns to where it was */
  close(back = true) {
    if (this.root.hidden) return;
    // A hidden field keeps the focus until the next frame, and would swallow what is typed before it.
    this.root.hidden = true;
    this.field.blur();
    this.onChoose = null;
    if (back) this.before?.focus({ preventScroll: true });
  }

  /** Show the codes of another codebook; what was typed stays, and the choice where its code stays. */
  renew() {
    if (!this.open) return;
    const chosen = this.found[this.active]?.id;
    this.show();
    const place = this.found.findIndex((code) => code.id === chosen);
    if (place > 0) { this.active = place; this.mark(); }
  }

  show() {
    this.found = this.book.find(this.field.value).slice(0, SHOWN);
    this.active = 0;
    this.list.replaceChildren(...this.found.map((code, place) => {
      const nth = this.field.value ? -1 : this.book.recent.indexOf(code.id);
      return el("li", { role: "option", id: `option-${place}`, "data-place": place },
        el("i", { class: `dot k${code.colour}` }), el("span", { class: "name" }, code.name),
        el("small", {}, this.book.domains.get(code.domain) ?? ""), nth >= 0 ? el("kbd", {}, String(nth + 1)) : null);
    }));
    if (!this.found.length) this.list.append(el("li", { class: "none", role: "option", "aria-disabled": "true" }, "No code has these letters."));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === this.active)));
    const code = this.found[this.active];
    if (!code) {
      this.field.removeAttribute("aria-activedescendant");
      this.about.replaceChildren();
      return;
    }
    this.field.setAttribute("aria-activedescendant", `option-${this.active}`);
    if (this.active) this.list.children[this.active].scrollIntoView({ block: "nearest" });
    this.about.replaceChildren(
      el("h3", {}, code.name), el("p", {}, code.definition),
      code.include ? el("p", {}, el("b", {}, "Include "), code.include) : "",
      code.exclude ? el("p", {}, el("b", {}, "Leave out "), code.exclude) : "",
      code.example ? el("p", { class: "example" }, code.example) : "");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.active = (this.active + step + this.found.length) % Math.max(1, this.found.length);
      this.mark();
    } else if (event.key === "Enter") this.choose(this.active);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} place */
  choose(place) {
    const code = this.found[place];
    const done = this.onChoose;
    if (!code || !done) return;
    this.close();
    done(code.id);
  }
}
