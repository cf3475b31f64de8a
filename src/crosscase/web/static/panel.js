// What is coded at the cursor, and what can be done with it.

import { arrange, byId, el, Kept, shorten } from "./dom.js";
import { singleLetters } from "./keys.js";

/** @typedef {import("./marks.js").Coding} Coding */
/** @typedef {import("./marks.js").Suggestion} Suggestion */
/** @typedef {Record<"answers" | "memo" | "recode" | "remove" | "accept" | "edit" | "reject" | "select" | "recent" | "move", (guid: string, extra?: string) => void>} Deeds */

export class Panel {
  /**
   * @param {import("./marks.js").Marks} marks @param {import("./book.js").Book} book
   * @param {import("./model.js").SourceText} text @param {string} coder @param {Deeds} deeds
   * @param {() => boolean} selected whether text is selected with the mouse
   */
  constructor(marks, book, text, coder, deeds, selected) {
    this.selected = selected;
    this.marks = marks;
    this.book = book;
    this.text = text;
    this.coder = coder;
    this.deeds = deeds;
    this.root = byId("here");
    this.list = el("ul", { class: "items" });
    this.kept = new Kept();
    this.chosen = "";
    /** @type {Map<string, string>} what was written of a memo that nobody kept yet */
    this.drafts = new Map();
    /** @type {(Coding | Suggestion)[]} */
    this.items = [];
    /** @type {{start: number, end: number}} */
    this.passage = { start: 0, end: 0 };
    this.root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-do]");
      if (!(button instanceof HTMLElement)) return;
      const deed = /** @type {keyof Deeds} */ (button.dataset.do);
      this.deeds[deed]?.(button.dataset.guid ?? "", button.dataset.extra);
    });
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = /** @type {HTMLFormElement} */ (event.target);
      const field = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("memo"));
      if (!field.value.trim()) return;
      this.drafts.delete(form.dataset.guid ?? "");
      this.deeds.memo(form.dataset.guid ?? "", field.value);
    });
    this.root.addEventListener("keydown", (event) => {
      const field = /** @type {HTMLElement} */ (event.target);
      if (field.tagName !== "TEXTAREA") return;
      event.stopPropagation();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) field.closest("form")?.requestSubmit();
      if (event.key === "Escape") {
        this.drafts.set(this.chosen, /** @type {HTMLTextAreaElement} */ (field).value);
        field.blur();
        this.deeds.select(this.chosen);
      }
    });
  }

  /** What is chosen here; `null` when nothing is coded. @returns {Coding | Suggestion | null} */
  get item() { return this.items.find((item) => item.guid === this.chosen) ?? null; }

  /** Show what stands at a passage. @param {{start: number, end: number}} passage @param {string} [chosen] */
  show(passage, chosen) {
    this.passage = passage;
    const mine = (/** @type {Coding | Suggestion} */ item) => ("reason" in item ? 1 : item.coder === this.coder ? 0 : 2);
    this.items = [...this.marks.touching(passage.start, passage.end), ...this.marks.suggested(passage.start, passage.end)]
      .sort((a, b) => mine(a) - mine(b));
    if (chosen !== undefined) this.chosen = chosen;
    if (!this.item) this.chosen = this.items[0]?.guid ?? "";
    const writing = this.root.querySelector("textarea");
    if (writing && document.activeElement === writing) return; // no change may eat a memo that is being written
    this.draw();
  }

  /** The next thing that is coded here. */
  next() {
    if (!this.items.length) return null;
    const at = this.items.findIndex((item) => item.guid === this.chosen);
    this.chosen = this.items[(at + 1) % this.items.length].guid;
    this.draw();
    return this.item;
  }

  draw() {
    const words = shorten(this.text.words(this.passage.start, this.passage.end), 160);
    const own = this.items.filter((item) => !("reason" in item)).length;
    const proposed = this.items.length - own;
    const heading = `${this.items.length ? `${own} coded here` : "Nothing is coded here"}${proposed ? ` · ${proposed} suggested` : ""}`;
    arrange(this.list, this.items.map((item) => this.one(item)));
    arrange(this.root, [
      this.kept.node("quote", words, () => el("p", { class: "quote", dir: "auto" }, words)),
      this.kept.node("heading", heading, () => el("h2", {}, heading)),
      this.list,
      ...this.hints(),
    ]);
    this.kept.done();
  }

  /** Show names and answers of another codebook; what has the focus keeps it. */
  renew() {
    const focused = document.activeElement instanceof HTMLElement && this.root.contains(document.activeElement) ? document.activeElement : null;
    this.show(this.passage);
    if (!focused || focused.isConnected) return;
    const { do: deed, guid } = focused.dataset;
    const again = [...this.root.querySelectorAll("[data-do]")].find((one) => one instanceof HTMLElement && one.dataset.do === deed && one.dataset.guid === guid);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
    else this.deeds.select(this.chosen);
  }

  /** What to do next, while nothing has to be decided. */
  hints() {
    const { renewed, version } = this.book;
    const news = renewed ? [this.kept.node("news", version, () => el("p", { class: "note", id: "book-note" }, `The codebook is now version ${version}. `, el("a", { href: "/codebook/versions" }, "What changed")))] : [];
    if (!this.coder) return news;
    const keys = this.kept.node("keys", `${singleLetters()} ${this.selected()}`, () => el("p", { class: "note hint" }, ...this.keys()));
    const codes = this.book.recent.map((id) => this.book.code(id));
    if (!codes.length) return [...news, keys];
    const one = (/** @type {import("./book.js").Code} */ code, /** @type {number} */ place) => el("li", {}, el("button", { "data-do": "recent", "data-guid": place }, el("kbd", {}, String(place + 1)), el("i", { class: `dot k${code.colour}` }), code.name));
    return [
      ...news, keys,
      this.kept.node("used", "", () => el("h2", {}, "Used last")),
      this.kept.node("recent", codes.map((c) => `${c.colour} ${c.name}`).join("\n"), () => el("ul", { class: "recent" }, ...codes.map(one))),
    ];
  }

  /** The keys that are worth knowing here. @returns {(Node | string)[]} */
  keys() {
    if (!singleLetters()) return [el("kbd", {}, "Enter"), ": code it · ", el("kbd", {}, "↓"), " next sentence"];
    if (this.selected()) return ["Type two letters of a code, then ", el("kbd", {}, "Enter"), " · ", el("kbd", {}, "Esc"), " lets the selection go"];
    return [el("kbd", {}, "Enter"), ": code it · ", el("kbd", {}, "n"), " next sentence · ", el("kbd", {}, "j"), " next turn · ", el("kbd", {}, "?"), " all keys"];
  }

  /** @param {Coding | Suggestion} item */
  one(item) {
    const memos = (this.marks.memos.get(item.guid) ?? []).map((memo) => [memo.text, this.book.person(memo.author)]);
    const here = item.guid === this.chosen && [this.passage.start === item.start, this.passage.end === item.end];
    const shows = JSON.stringify([item, memos, here, this.book.digest, this.book.person(item.coder)]);
    return this.kept.node(item.guid, shows, () => this.make(item, memos));
  }

  /** @param {Coding | Suggestion} item @param {string[][]} memos text and author */
  make(item, memos) {
    const code = this.book.code(item.code);
    const chosen = item.guid === this.chosen;
    const proposed = "reason" in item;
    const head = el("button", { class: "item-head", "data-do": "select", "data-guid": item.guid, "aria-expanded": String(chosen) },
      el("i", { class: `dot k${code.colour}` }), el("span", {}, code.name));
    const answers = this.book.answers(item.facets).join(", ");
    const who = this.book.person(item.coder);
    const parts = [head, el("p", { class: "by" }, answers ? `${answers} · ` : "", el("bdi", {}, who), proposed ? ` suggests${item.confidence === null ? "" : `, ${Math.round(100 * item.confidence)} %`}` : "")];
    for (const [text, author] of memos) parts.push(el("p", { class: "memo", dir: "auto" }, text, el("small", {}, ` — ${author}`)));
    if (chosen) parts.push(...(proposed ? this.offer(item) : this.actions(item)));
    return el("li", { class: `item${chosen ? " chosen" : ""}${proposed ? " proposed" : ""}` }, ...parts);
  }

  /** @param {Coding} item */
  actions(item) {
    const does = (/** @type {string} */ deed, /** @type {string} */ label, /** @type {string} */ key) =>
      el("button", { "data-do": deed, "data-guid": item.guid, title: key }, label);
    if (item.coder !== this.coder || item.consensus || !this.coder) {
      return this.coder ? [el("p", { class: "acts" }, does("memo", "Memo", "m"))] : [];
    }
    return [el("p", { class: "acts" }, does("answers", "Answers", "f"), does("memo", "Memo", "m"), does("recode", "Other code", ""), does("remove", "Delete", "x"),
      this.passage.start !== item.start || this.passage.end !== item.end ? does("move", "Move to this passage", "") : null)];
  }

  /** @param {Suggestion} item */
  offer(item) {
    const does = (/** @type {string} */ deed, /** @type {string} */ label, /** @type {string} */ key) =>
      el("button", { "data-do": deed, "data-guid": item.guid, title: key }, label);
    const why = el("p", { class: "note" }, item.reason);
    if (!this.coder) return [why];
    return [why, el("p", { class: "acts" }, does("accept", "Accept", "a"), does("edit", "Accept and change", "e"), does("reject", "Reject", "x"))];
  }

  /** Ask for a memo. @param {string} guid */
  write(guid) {
    this.chosen = guid;
    this.draw();
    this.kept.drop(guid); // the form goes when it is drawn again
    const place = this.root.querySelector(".chosen");
    const field = /** @type {HTMLTextAreaElement} */ (el("textarea", { name: "memo", rows: 3, "aria-label": "Memo", dir: "auto" }));
    field.value = this.drafts.get(guid) ?? "";
    place?.append(el("form", { class: "memo-form", "data-guid": guid }, field, el("p", { class: "acts" }, el("button", { class: "main" }, "Keep memo"), el("small", {}, "Ctrl+Enter keeps, Esc leaves"))));
    field.focus();
  }
}
