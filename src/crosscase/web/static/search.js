// The Search room: results that are coded where they stand, with the palette, the questions and the undo of the Source room.

import { announce, byId, complain, el, meta, sentence, shorten, showState } from "./dom.js";
import { Book } from "./book.js";
import { Edits } from "./edits.js";
import { FacetBar } from "./facets.js";
import { listen, showHelp } from "./keys.js";
import { Marks } from "./marks.js";
import { toPoints, toUnits } from "./offsets.js";
import { Palette } from "./palette.js";
import { Queue } from "./queue.js";
import { offer, watch } from "./room.js";
import { sentencesOf } from "./sentences.js";

/** One result: a turn or paragraph, and the passage in it that a code would go to. */
class Hit {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.source = element.dataset.source ?? "";
    this.start = Number(element.dataset.start);
    this.end = Number(element.dataset.end);
    this.said = /** @type {HTMLElement} */ (element.querySelector(".said"));
    this.text = this.said.textContent ?? "";
    const first = toUnits(this.text, Number(element.dataset.first) - this.start);
    const last = toUnits(this.text, Number(element.dataset.last) - this.start);
    const touched = sentencesOf(this.text).filter(([a, b]) => a < last && b > first);
    /** @type {[number, number]} the sentence with the words, in UTF-16 units */
    this.sentence = touched.length ? [touched[0][0], touched[touched.length - 1][1]] : [0, this.text.length];
    this.whole = false;
  }

  /** @returns {[number, number]} */
  get units() { return this.whole ? [0, this.text.trimEnd().length] : this.sentence; }
  get words() { return this.text.slice(...this.units); }
  /** The passage in the study. */
  get passage() {
    const [a, b] = this.units;
    return { start: this.start + toPoints(this.text, a), end: this.start + toPoints(this.text, b) };
  }

  range() {
    const [a, b] = this.units;
    const range = document.createRange();
    let place = 0;
    const walker = document.createTreeWalker(this.said, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const length = node.textContent?.length ?? 0;
      if (a >= place && a <= place + length) range.setStart(node, a - place);
      if (b >= place && b <= place + length) { range.setEnd(node, b - place); break; }
      place += length;
    }
    return range;
  }
}

class Results {
  /** @param {Hit[]} hits @param {Book} book */
  constructor(hits, book) {
    this.hits = hits;
    this.book = book;
    this.coder = meta("coder");
    this.at = 0;
    this.marks = new Marks();
    /** @type {Map<string, Hit>} */
    this.of = new Map();
    /** @type {Map<string, Marks>} by source, what was coded there before this page */
    this.before = new Map();
    this.queue = new Queue({ onState: (state, n) => this.state(state, n), onRefused: (change) => this.refused(change) });
    const round = byId("results").dataset.round ?? "";
    this.edits = new Edits(`search:${location.search}`, this.coder, round, this.marks, this.queue, { onChange: () => this.draw(), onStack: () => this.stack() });
    this.palette = new Palette(book);
    this.facets = new FacetBar(book, { onAnswer: (guid, answers) => this.answered(guid, answers), onDone: () => this.home(), onUndo: () => this.turn("undo") });
    this.open();
  }

  /** @param {import("./queue.js").Change} change */
  refused(change) {
    if (change.verb === "code") { this.marks.codings.delete(change.guid); this.draw(); }
  }

  get hit() { return this.hits[this.at]; }

  open() {
    byId("do-code").addEventListener("click", () => this.code(""));
    byId("do-undo").addEventListener("click", () => this.turn("undo"));
    byId("do-redo").addEventListener("click", () => this.turn("redo"));
    byId("do-help").addEventListener("click", showHelp);
    const go = (/** @type {{step: number}} */ { step }) => this.go(this.at + step);
    const nothing = () => announce("Open the result in its source for that");
    listen({
      turn: go, sentence: go, whole: () => this.whole(), code: (typed) => this.code(typed), recent: (place) => this.recent(place),
      undo: () => this.turn("undo"), redo: () => this.turn("redo"), help: showHelp, leave: () => this.leave(),
      facet: (event) => this.facets.key(event),
      read: nothing, next: nothing, remove: nothing, memo: nothing, answers: nothing, accept: nothing, edit: nothing, suggestion: nothing,
    }, { facets: () => this.facets.open, suggestion: () => false, item: () => false, selected: () => false });
    this.hits.forEach((hit, place) => hit.said.addEventListener("focus", () => { if (place !== this.at) this.choose(place); }));
    const field = /** @type {HTMLInputElement} */ (document.querySelector("input[name=q]"));
    field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); this.go(this.at); }
    });
    this.choose(0);
    this.stack();
  }

  /** Take back or do again; the questions are about what stands then. @param {"undo" | "redo"} which */
  turn(which) {
    this.edits[which]();
    this.facets.stands(this.marks.codings.get(this.facets.guid));
  }

  /** @param {number} place */
  choose(place) {
    if (this.facets.open) this.facets.done();
    this.hit.element.removeAttribute("aria-current");
    this.hit.said.tabIndex = -1;
    this.at = place;
    this.hit.element.setAttribute("aria-current", "true");
    this.hit.said.tabIndex = 0;
    CSS.highlights.set("now", new Highlight(this.hit.range()));
    void this.look(this.hit.source);
  }

  /** @param {number} place */
  go(place) {
    if (place < 0) { this.leave(); return; }
    if (place >= this.hits.length) { announce("The last result"); return; }
    this.choose(place);
    this.home();
    this.hit.element.scrollIntoView({ block: "nearest" });
    announce(`${place + 1} of ${this.hits.length}: ${shorten(this.hit.words, 300)}`);
  }

  home() { this.hit.said.focus({ preventScroll: true }); }

  leave() {
    if (this.facets.open) { this.facets.done(); return; }
    /** @type {HTMLElement} */ (document.querySelector("input[name=q]")).focus();
  }

  whole() {
    this.hit.whole = !this.hit.whole;
    this.choose(this.at);
    announce(this.hit.whole ? "The whole turn" : `The sentence: ${shorten(this.hit.words, 200)}`);
  }

  /** @param {string} typed */
  code(typed) {
    const { hit } = this;
    this.palette.ask(typed, shorten(hit.words, 160), (code) => this.make(code, hit));
  }

  /** @param {number} place */
  recent(place) {
    const code = this.book.recent[place];
    if (code) this.make(code, this.hit);
    else announce("No such recent code");
  }

  /** @param {string} code @param {Hit} hit */
  make(code, hit) {
    const guid = crypto.randomUUID();
    const facets = this.book.defaults(this.last(hit));
    const { start, end } = hit.passage;
    const snapshot = { guid, start, end, code, facets, coder: this.coder, round: this.edits.round };
    this.book.use(code);
    this.of.set(guid, hit);
    const about = `“${this.book.code(code).name}” on “${shorten(hit.words, 60)}”`;
    void this.edits.do(`Coded ${this.book.code(code).name}`, [{ verb: "code", guid, source: hit.source, start, end, code, facets, quote: hit.words, about }],
      [{ verb: "out", guid }], [{ verb: "back", guid, snapshot }]);
    const coding = this.marks.codings.get(guid);
    hit.element.append(byId("facets"));
    if (coding) this.facets.ask(coding, true);
    else this.home();
  }

  /** The own coding that was made last in the turn of a result: here, or before. @param {Hit} hit */
  last(hit) {
    const here = [...this.marks.codings.values()].findLast((coding) => this.of.get(coding.guid) === hit);
    return here ?? this.before.get(hit.source)?.lastOwn(hit, this.coder, this.edits.round) ?? null;
  }

  /** Ask what is coded in a source, once; until it is there, new codings start without answers. @param {string} source */
  async look(source) {
    if (this.before.has(source)) return;
    const marks = new Marks();
    this.before.set(source, marks);
    try {
      const answer = await fetch(`/api/sources/${source}/marks`);
      if (answer.ok) marks.load(await answer.json());
      else this.before.delete(source);
    } catch {
      this.before.delete(source); // asked again at the next result
    }
  }

  /** @param {string} guid @param {Record<string, string>} answers */
  answered(guid, answers) {
    const coding = this.marks.codings.get(guid);
    if (!coding) return;
    void this.edits.do(`Answered for ${this.book.code(coding.code).name}`, [{ verb: "change", guid, facets: answers }], [{ verb: "change", guid, facets: coding.facets }]);
  }

  /** The codings of this page, beside those that were there already. */
  draw() {
    if (this.facets.open && !this.marks.codings.has(this.facets.guid)) this.facets.done();
    for (const hit of new Set(this.of.values())) {
      const mine = [...this.marks.codings.values()].filter((coding) => this.of.get(coding.guid) === hit);
      const line = /** @type {HTMLElement} */ (hit.element.querySelector(".codes"));
      for (const old of line.querySelectorAll(".mine")) old.remove();
      for (const coding of mine) {
        const code = this.book.code(coding.code);
        line.append(el("span", { class: "mine" }, el("i", { class: `dot k${code.colour}` }), " ", [code.name, ...this.book.answers(coding.facets)].join(", "), " "));
      }
    }
  }

  stack() {
    const set = (/** @type {string} */ id, /** @type {import("./edits.js").Deed[]} */ deeds, /** @type {string} */ word) => {
      const last = deeds[deeds.length - 1];
      byId(id).toggleAttribute("disabled", !last);
      byId(id).setAttribute("aria-label", last ? `${word}: ${last.said}` : word);
    };
    set("do-undo", this.edits.done, "Undo");
    set("do-redo", this.edits.undone, "Redo");
  }

  /** @param {string} state @param {number} waiting */
  state(state, waiting) { showState(this.queue.words(state, waiting), state !== "saved" && state !== "saving"); }
}

/** The codebook as it is now, taken over by what the page shows. @param {Results} results */
async function renew(results) {
  const told = await codebook();
  const facet = results.facets.facet?.id ?? "";
  if (!results.book.take(told)) return;
  results.palette.renew();
  results.facets.renew(facet, results.marks.codings.get(results.facets.guid));
  results.draw();
  announce(`The codebook is now version ${told.version}`);
}

async function codebook() {
  const answer = await fetch("/api/codebook");
  const told = await answer.json();
  if (!answer.ok) throw told;
  return told;
}

async function begin() {
  const hits = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#text > li[data-source]"))].map((element) => new Hit(element));
  /** @type {Results | null} */
  let results = null;
  if (hits.length && meta("coder")) {
    results = new Results(hits, new Book(await codebook()));
  }
  watch((news) => {
    if (results && news.some((one) => one.codebook)) renew(results).catch((error) => complain(sentence(error)));
    if (news.some((one) => one.actor && one.actor !== meta("coder"))) offer();
  });
  document.documentElement.dataset.ready = "1";
}

begin().catch((error) => complain(`Results cannot be coded here: ${sentence(error)}`));
