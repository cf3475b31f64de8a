// What a coder does in the Source room: coding, answering, moving, taking out, notes, reading, answers to suggestions.

import { announce, byId, complain, meta, shorten } from "./dom.js";

/** @typedef {import("./source.js").Room} Room */

export class Deeds {
  /** @param {Room} room */
  constructor(room) { this.room = room; }

  /** @param {string} typed */
  code(typed) {
    if (!this.room.coder) { complain(meta("team") === "yes" ? "You read along: readers change nothing." : "You are looking around: say who you are in Settings to code."); return; }
    const { start, end } = this.room.cursor.passage;
    this.room.painter.caret({ start, end }); // the browser lets go of a selection when the field gets the focus
    this.room.palette.ask(typed, shorten(this.room.text.words(start, end), 120), (code) => this.make(code, start, end));
  }

  /** @param {number} place */
  recent(place) {
    const code = this.room.book.recent[place];
    if (!code) { announce("No such recent code"); return; }
    if (!this.room.coder) { this.code(""); return; }
    const { start, end } = this.room.cursor.passage;
    this.make(code, start, end);
  }

  /** @param {string} code @param {number} start @param {number} end */
  make(code, start, end) {
    const guid = crypto.randomUUID();
    const facets = this.room.book.defaults(this.room.marks.lastOwn(this.room.text.at(start), this.room.coder, this.room.edits.round));
    const name = this.room.book.code(code).name;
    const about = `“${name}” on “${shorten(this.room.text.words(start, end), 60)}” in ${byId("bench").querySelector("h1")?.textContent ?? ""}`;
    const change = { verb: "code", guid, source: this.room.source, start, end, code, facets, about };
    const snapshot = { guid, start, end, code, facets, coder: this.room.coder, round: this.room.edits.round };
    this.room.book.use(code);
    void this.room.edits.do(`Coded ${name}`, [change], [{ verb: "out", guid }], [{ verb: "back", guid, snapshot }]);
    window.getSelection()?.removeAllRanges();
    this.room.painter.caret({ start, end });
    this.room.later({ start, end }, guid);
    const coding = this.room.marks.codings.get(guid);
    if (coding) this.question(coding);
  }

  /** @param {string} guid */
  ask(guid) {
    const coding = this.own(guid);
    if (coding) this.question(coding);
  }

  /** Ask the questions about a coding; its passage stays in sight, also where the panel lies below the text. @param {import("./marks.js").Coding} coding */
  question(coding) {
    this.room.facets.ask(coding, true);
    if (window.matchMedia("(max-width: 58rem)").matches) requestAnimationFrame(() => this.room.bring(coding, false));
  }

  /** @param {string} guid @param {Record<string, string>} answers */
  answered(guid, answers) {
    const coding = this.own(guid);
    if (!coding) return;
    void this.room.edits.do(`Answered for ${this.room.book.code(coding.code).name}`, [{ verb: "change", guid, facets: answers }], [{ verb: "change", guid, facets: coding.facets }]);
  }

  /** @param {string} guid */
  recode(guid) {
    const coding = this.own(guid);
    if (!coding) return;
    this.room.palette.ask("", shorten(this.room.text.words(coding.start, coding.end), 120), (code) => {
      this.room.book.use(code);
      void this.room.edits.do(`Changed to ${this.room.book.code(code).name}`, [{ verb: "change", guid, code, about: `“${this.room.book.code(code).name}”` }], [{ verb: "change", guid, code: coding.code }]);
    });
  }

  /** Let a coding stand on the passage that is chosen now. @param {string} guid */
  move(guid) {
    const coding = this.own(guid);
    if (!coding) return;
    const { start, end } = this.room.cursor.passage;
    void this.room.edits.do(`Moved ${this.room.book.code(coding.code).name}`, [{ verb: "change", guid, start, end }], [{ verb: "change", guid, start: coding.start, end: coding.end }]);
  }

  /** @param {string} guid */
  remove(guid) {
    const coding = this.own(guid);
    if (!coding) return;
    void this.room.edits.do(`Deleted ${this.room.book.code(coding.code).name}`, [{ verb: "out", guid }], [{ verb: "back", guid, snapshot: coding }]);
    this.room.home();
  }

  /** An own coding, or the sentence why not. @param {string} guid */
  own(guid) {
    const coding = this.room.marks.codings.get(guid);
    if (!coding) return null;
    if (coding.coder === this.room.coder && !coding.consensus) return coding;
    announce(`This is ${this.room.book.person(coding.coder)}'s coding`);
    return null;
  }

  /** @param {string} guid @param {string} [words] */
  memo(guid, words) {
    if (!this.room.coder || !this.room.marks.codings.has(guid)) return;
    if (words === undefined) { this.room.panel.write(guid); return; }
    const memo = crypto.randomUUID();
    const change = { verb: "memo", guid: memo, coding: guid, text: words };
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
    void this.room.edits.do("Memo kept", [change], [{ verb: "unmemo", guid: memo, coding: guid }]);
    this.room.panel.draw();
    this.room.home();
  }

  /** @param {boolean} everything */
  read(everything) {
    if (!this.room.coder) return;
    const block = this.room.cursor.block;
    /** @type {[number, number][]} */
    const spans = [[everything ? 0 : block.start, block.end]];
    const was = this.room.marks.isRead(block.start, block.end);
    const verb = was && !everything ? "unread" : "read";
    const back = verb === "read" ? "unread" : "read";
    const said = everything ? "Everything up to here is read" : was ? "No longer marked as read" : "Marked as read";
    void this.room.edits.do(said, [{ verb, source: this.room.source, spans }], [{ verb: back, source: this.room.source, spans }]);
    if (!everything && !was) this.room.cursor.turn(1, false);
  }

  /** @param {string} guid @param {boolean} edit */
  accept(guid, edit) {
    const suggestion = this.room.marks.suggestions.get(guid);
    if (!suggestion || !this.room.coder) return;
    const made = crypto.randomUUID();
    const facets = this.room.book.known(suggestion.facets);
    const said = `Accepted ${this.room.book.code(suggestion.code).name}`;
    void this.room.edits.do(said, [{ verb: "accept", suggestion: guid, guid: made, facets, snapshot: suggestion }],
      [{ verb: "reopen", suggestion: guid, guid: made, snapshot: suggestion }]);
    this.room.panel.show({ start: suggestion.start, end: suggestion.end }, made);
    const coding = this.room.marks.codings.get(made);
    if (edit) this.recode(made);
    else if (coding) this.question(coding);
  }

  /** @param {string} guid */
  reject(guid) {
    const suggestion = this.room.marks.suggestions.get(guid);
    if (!suggestion || !this.room.coder) return;
    void this.room.edits.do(`Rejected ${this.room.book.code(suggestion.code).name}`, [{ verb: "reject", suggestion: guid, snapshot: suggestion }],
      [{ verb: "reopen", suggestion: guid, snapshot: suggestion }]);
    this.room.nextSuggestion(1);
  }
}
