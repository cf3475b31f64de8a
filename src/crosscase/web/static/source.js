// The Source room: puts text, marks, keys and panel together.

import { announce, byId, complain, meta, sentence, settle, shorten, showState } from "./dom.js";
import { Book, restyle } from "./book.js";
import { Deeds } from "./deeds.js";
import { Edits } from "./edits.js";
import { FacetBar } from "./facets.js";
import { listen, showHelp } from "./keys.js";
import { Live } from "./live.js";
import { Marks } from "./marks.js";
import { SourceText } from "./model.js";
import { Painter } from "./paint.js";
import { Palette } from "./palette.js";
import { Panel } from "./panel.js";
import { Queue } from "./queue.js";
import { Cursor } from "./selection.js";

/** @param {string} address */
async function ask(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  const content = await answer.json();
  if (!answer.ok) throw content;
  return content;
}

/** @param {string} source @param {string} round */
function marksOf(source, round) { return `/api/sources/${source}/marks?round=${encodeURIComponent(round)}`; }

async function begin() {
  const bench = byId("bench");
  const source = bench.dataset.source ?? "";
  const coder = meta("coder");
  if (!("highlights" in CSS) || !("Segmenter" in Intl)) {
    complain("This browser is too old to show codings in the text. Use Firefox 140, Chrome 120, Safari 17.2 or newer.");
    return;
  }
  const waiting = Promise.all([ask("/api/codebook"), ask(marksOf(source, bench.dataset.round ?? ""))]);
  const text = new SourceText(byId("text"));
  const [told, first] = await waiting;
  const book = new Book(told);
  const marks = new Marks();
  marks.load(first);
  new Room(source, coder, bench.dataset.round ?? "", text, book, marks).open();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

export class Room {
  /**
   * @param {string} source @param {string} coder @param {string} round
   * @param {SourceText} text @param {Book} book @param {Marks} marks
   */
  constructor(source, coder, round, text, book, marks) {
    this.source = source;
    this.coder = coder;
    this.text = text;
    this.book = book;
    this.marks = marks;
    this.saved = "";
    this.connected = true;
    this.deeds = new Deeds(this);
    this.painter = new Painter(text, marks, book, coder, (guid) => this.select(guid, true));
    this.queue = new Queue({ onState: (state, n) => this.state(state, n), onRefused: () => this.renew() });
    this.edits = new Edits(source, coder, round, marks, this.queue, {
      onChange: (start, end) => this.changed(start, end), onStack: () => this.stack(),
    });
    this.palette = new Palette(book);
    this.facets = new FacetBar(book, {
      onAnswer: (guid, answers) => this.deeds.answered(guid, answers), onDone: () => this.home(), onUndo: () => this.turn("undo"),
    });
    this.panel = new Panel(marks, book, text, coder, {
      select: (guid) => this.select(guid, true), answers: (guid) => this.deeds.ask(guid), memo: (guid, words) => this.deeds.memo(guid, words),
      recode: (guid) => this.deeds.recode(guid), remove: (guid) => this.deeds.remove(guid), accept: (guid) => this.deeds.accept(guid, false),
      edit: (guid) => this.deeds.accept(guid, true), reject: (guid) => this.deeds.reject(guid),
      recent: (guid) => this.deeds.recent(Number(guid)), move: (guid) => this.deeds.move(guid),
    }, () => this.cursor.selected);
    this.cursor = new Cursor(text, (passage, how) => this.moved(passage, how));
    this.panelFrame = 0;
    this.stale = false;
    this.renewing = false;
    this.behind = ""; // why what is shown is not the newest
    /** @type {import("./live.js").News[]} what was told while everything was read anew */
    this.heard = [];
  }

  open() {
    const key = `crosscase-place:${this.source}`;
    const here = new URLSearchParams(location.search);
    const at = /^(\d+)-(\d+)$/.exec(here.get("at") ?? "");
    const before = /^(\d+)-(\d+)$/.exec(sessionStorage.getItem(key) ?? (here.has("resume") ? localStorage.getItem(key) ?? "" : ""));
    const goal = at ?? before;
    if (goal && this.text.blocks.length) {
      const passage = { start: Number(goal[1]), end: Number(goal[2]) };
      this.cursor.anchor = passage;
      this.cursor.head = passage;
      this.arrive(passage, at !== null);
    } else this.moved(this.cursor.passage, "quiet");
    window.addEventListener("pagehide", () => this.keep(key));
    window.addEventListener("popstate", () => {
      const back = /^(\d+)-(\d+)$/.exec(new URLSearchParams(location.search).get("at") ?? "");
      if (back) this.arrive({ start: Number(back[1]), end: Number(back[2]) }, true);
    });
    // Who goes on with the mouse has done with the questions about the coding before.
    this.text.root.addEventListener("pointerdown", () => this.facets.close());
    this.tools();
    this.stack();
    this.live = new Live(this.marks.cursor, this.source, {
      onNews: (news) => {
        if (this.renewing) this.heard.push(...news);
        if (this.edits.hear(news)) void this.renew(); else this.tell(news);
      },
      onStale: () => void this.renew(),
      onState: (on) => this.heardAgain(on),
      onOther: () => void this.queue.look(),
    });
  }

  /** @param {boolean} on */
  heardAgain(on) {
    this.connected = on;
    if (on && this.saved === "other" && !this.waiting) this.saved = "";
    this.badge();
    if (on && this.behind) void this.renew();
  }

  /** @param {string} key */
  keep(key) {
    const { start, end } = this.cursor.passage;
    try {
      sessionStorage.setItem(key, `${start}-${end}`);
      localStorage.setItem(key, `${start}-${end}`);
    } catch { /* the place is not kept */ }
  }

  /** Go to a place that an address names. @param {{start: number, end: number}} passage @param {boolean} point */
  arrive(passage, point) {
    const block = this.text.at(passage.start);
    this.cursor.anchor = passage;
    this.cursor.head = passage;
    block.element.scrollIntoView({ block: "center" });
    // Room that was only estimated is drawn now; go there once more.
    requestAnimationFrame(() => {
      this.bring(passage, true);
      this.moved(passage, "quiet");
      if (point) {
        this.painter.point(passage);
        block.said.focus({ preventScroll: true });
      }
    });
  }

  tools() {
    byId("do-code").addEventListener("click", () => this.deeds.code(""));
    byId("do-read").addEventListener("click", () => this.deeds.read(false));
    byId("do-undo").addEventListener("click", () => this.turn("undo"));
    byId("do-redo").addEventListener("click", () => this.turn("redo"));
    byId("do-help").addEventListener("click", showHelp);
    if (!this.coder) for (const id of ["do-code", "do-read"]) byId(id).setAttribute("disabled", "");
    const chosen = () => this.item?.guid ?? "";
    listen({
      turn: ({ step, extend }) => this.cursor.turn(step, extend),
      sentence: ({ step, extend }) => this.cursor.sentence(step, extend),
      whole: () => this.cursor.whole(),
      code: (typed) => this.deeds.code(typed),
      recent: (place) => this.deeds.recent(place),
      undo: () => this.turn("undo"),
      redo: () => this.turn("redo"),
      read: (everything) => this.deeds.read(everything),
      help: showHelp,
      leave: () => this.home(),
      next: () => { this.settle(); const item = this.panel.next(); if (item) this.select(item.guid, false); },
      remove: () => (this.isSuggestion() ? this.deeds.reject(chosen()) : this.deeds.remove(chosen())),
      memo: () => this.deeds.memo(chosen()),
      answers: () => this.deeds.ask(chosen()),
      accept: () => this.deeds.accept(chosen(), false),
      edit: () => this.deeds.accept(chosen(), true),
      suggestion: (step) => this.nextSuggestion(step),
      facet: (event) => this.facets.key(event),
    }, { facets: () => this.facets.open, suggestion: () => this.isSuggestion(), item: () => this.item !== null, selected: () => this.cursor.selected });
  }

  /** What is chosen in the panel. A key that comes before the panel was drawn means what the panel is about to show. */
  get item() {
    this.settle();
    return this.panel.item;
  }

  /** Take back or do again; the questions are about what stands then. @param {"undo" | "redo"} which */
  turn(which) {
    this.edits[which]();
    this.facets.stands(this.marks.codings.get(this.facets.guid));
  }

  isSuggestion() { return this.item !== null && "reason" in this.item; }

  // Moving

  /** @param {{start: number, end: number}} passage @param {"move" | "extend" | "mouse" | "quiet"} how */
  moved(passage, how) {
    this.painter.caret(how === "mouse" ? null : passage);
    this.painter.point(null);
    const block = this.text.at(how === "extend" ? this.cursor.head.start : passage.start);
    if (how === "move" || how === "extend") {
      if (this.facets.open) this.facets.done();
      this.focus(block);
      this.bring(this.cursor.head, false);
      announce(`${block.speaker ? `${block.speaker}: ` : ""}${shorten(this.text.words(passage.start, passage.end), 300)}`);
    }
    this.later(passage, "");
  }

  /** @param {import("./model.js").Block} block */
  focus(block) {
    for (const other of this.text.root.querySelectorAll('.said[tabindex="0"]')) /** @type {HTMLElement} */ (other).tabIndex = -1;
    block.said.tabIndex = 0;
    block.said.focus({ preventScroll: true });
  }

  /** Back to the text; what was selected with the mouse stays the passage, and letters are commands again. */
  home() {
    if (this.facets.open) this.facets.done();
    if (this.cursor.selected) {
      window.getSelection()?.removeAllRanges();
      this.painter.caret(this.cursor.passage);
      this.later();
    }
    this.focus(this.cursor.block);
  }

  /** Make a passage visible. @param {{start: number, end: number}} passage @param {boolean} middle */
  bring(passage, middle) {
    const block = this.text.at(passage.start);
    const range = document.createRange();
    range.setStart(block.node, block.units(passage.start));
    range.setEnd(block.node, block.units(Math.min(passage.end, block.end)));
    const box = range.getBoundingClientRect();
    const panel = byId("panel").getBoundingClientRect();
    const below = panel.left < 40 && panel.top > window.innerHeight / 3; // on a small screen the panel lies below
    const top = below ? 40 : 110;
    const bottom = below ? panel.top - 12 : window.innerHeight - 80;
    if (!middle && box.top >= top && box.bottom <= bottom) return;
    const goal = middle || box.height > bottom - top ? top + 60 : box.top < top ? top + 40 : Math.max(top, bottom - box.height - 40);
    window.scrollBy({ top: box.top - goal, behavior: "instant" });
  }

  // Suggestions

  /** @param {number} step */
  nextSuggestion(step) {
    const all = [...this.marks.suggestions.values()].sort((a, b) => a.start - b.start || a.end - b.end || (a.guid < b.guid ? -1 : 1));
    if (!all.length) { announce(this.marks.hidesSuggestions ? "Suggestions of machines are hidden while a round is blind for you" : "No suggestions are open here"); return; }
    const at = all.findIndex((s) => s.guid === this.panel.chosen);
    const from = this.cursor.passage.start;
    const next = at >= 0 ? all[(at + step + all.length) % all.length]
      : step > 0 ? all.find((s) => s.start >= from) ?? all[0] : all.findLast((s) => s.start <= from) ?? all[all.length - 1];
    this.cursor.go({ start: next.start, end: next.end }, false);
    window.cancelAnimationFrame(this.panelFrame);
    this.panelFrame = 0;
    this.panel.show({ start: next.start, end: next.end }, next.guid);
    announce(`Suggestion: ${this.book.code(next.code).name}. ${shorten(this.text.words(next.start, next.end), 200)}`);
  }

  // Showing

  /** @param {string} guid @param {boolean} go */
  select(guid, go) {
    const mark = this.painter.find(guid);
    if (!mark) return;
    const passage = { start: mark.start, end: mark.end };
    if (go) {
      this.cursor.anchor = passage;
      this.cursor.head = passage;
      this.painter.caret(passage);
    }
    this.panel.show(go ? passage : this.panel.passage, guid);
    this.painter.point(mark);
    const code = this.book.code(mark.code);
    announce([code.name, ...this.book.answers(mark.facets), this.book.person(mark.coder)].join(", "));
  }

  /** @param {number} start @param {number} end */
  changed(start, end) {
    // In the next frame, and after the panel: measuring lays the page out, and what is written afterwards does so again.
    this.later();
    this.painter.dirty(this.text.within(start, end));
  }

  /** Show the panel again, once per frame however much has changed. @param {{start: number, end: number}} [passage] @param {string} [chosen] */
  later(passage = this.panel.passage, chosen = undefined) {
    this.panel.passage = passage;
    if (chosen !== undefined) this.panel.chosen = chosen;
    this.panelFrame ||= requestAnimationFrame(() => this.settle());
  }

  /** Draw the panel now if it waits for its frame. */
  settle() {
    if (!this.panelFrame) return;
    window.cancelAnimationFrame(this.panelFrame);
    this.panelFrame = 0;
    this.panel.show(this.panel.passage);
  }

  /** Read codebook and codings anew, once more when something happens meanwhile; what is being done here stays. */
  async renew() {
    this.stale = true;
    if (this.renewing) return;
    this.renewing = true;
    try {
      while (this.stale) {
        this.stale = false;
        await this.reload();
      }
      if (this.behind) settle(this.behind);
      this.behind = "";
    } catch (error) {
      if (this.behind) settle(this.behind);
      this.behind = sentence(error); // read again as soon as there is a connection
      complain(this.behind, true);
    } finally {
      this.renewing = false;
    }
  }

  async reload() {
    this.edits.hold();
    this.heard = [];
    const [told, marks] = await Promise.all([ask("/api/codebook"), ask(marksOf(this.source, this.edits.round))]);
    if (marks.coder !== this.coder) { await this.queue.look(); return; } // what another person sees is not for this page
    if (told.digest !== this.book.digest) await restyle(told.digest);
    const facet = this.facets.facet?.id ?? "";
    const other = this.book.take(told);
    this.marks.load(marks);
    this.edits.again();
    this.edits.hear(this.heard);
    if (this.live) this.live.cursor = this.marks.cursor;
    this.note(marks.note);
    if (!other) {
      this.painter.dirty(this.painter.near);
      this.panel.show(this.panel.passage);
      return;
    }
    this.painter.renew();
    this.facets.renew(facet, this.marks.codings.get(this.facets.guid));
    this.palette.renew();
    this.panel.renew();
    announce(`The codebook is now version ${this.book.version}`);
  }

  /** What is seen of colleagues: it changes when a round is revealed. @param {string} note */
  note(note) {
    const place = byId("round-note");
    if (!note || place.textContent === note) return;
    place.textContent = note;
    announce(note);
  }

  /** @param {import("./live.js").News[]} news */
  tell(news) {
    const others = news.filter((one) => one.coding && one.actor && one.actor !== this.coder);
    if (others.length) byId("round-note").dataset.news = String(others.length);
  }

  stack() {
    const set = (/** @type {string} */ id, /** @type {import("./edits.js").Deed[]} */ deeds, /** @type {string} */ word) => {
      const button = byId(id);
      const last = deeds[deeds.length - 1];
      button.toggleAttribute("disabled", !last);
      button.setAttribute("aria-label", last ? `${word}: ${last.said}` : word);
    };
    set("do-undo", this.edits.done, "Undo");
    set("do-redo", this.edits.undone, "Redo");
  }

  /** @param {string} state @param {number} waiting */
  state(state, waiting) {
    this.saved = state;
    this.waiting = waiting;
    this.badge();
  }

  badge() {
    const n = this.waiting ?? 0;
    const held = !["", "saved", "saving"].includes(this.saved);
    const said = !held && !this.connected ? "Not connected" : this.queue.words(this.saved, n);
    showState(said, held || !this.connected);
  }
}

begin().catch((error) => complain(`The source cannot be shown: ${sentence(error)}`));
