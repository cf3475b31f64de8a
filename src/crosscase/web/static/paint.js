// Highlights and stripes, drawn only near what is on the screen. Text nodes are never wrapped: one Highlight per code
// takes the ranges of all its codings. Highlights are not exposed to assistive technology, so the stripes in the margin
// are real buttons that say everything.

import { arrange, el, Kept, shorten } from "./dom.js";
import { inOrder } from "./marks.js";

const NEAR = "700px 0px";
const LANE = 9;
const BAR = 4;
const LABEL = 22;
const MOST_LANES = 7;
const BATCH = 3; // blocks in each frame …
const MOVING = 1; // … and while the page moves
const FLIGHT = 100; // milliseconds

/** @typedef {import("./model.js").Block} Block */
/** @typedef {import("./marks.js").Coding | import("./marks.js").Suggestion} Mark */
/** @typedef {{mark: Mark, top: number, bottom: number, lane: number}} Place */

export class Painter {
  /**
   * @param {import("./model.js").SourceText} text @param {import("./marks.js").Marks} marks
   * @param {import("./book.js").Book} book @param {string} coder @param {(guid: string) => void} onOpen
   */
  constructor(text, marks, book, coder, onOpen) {
    this.coder = coder;
    this.text = text;
    this.marks = marks;
    this.book = book;
    /** @type {Map<number, Highlight>} */
    this.highlights = new Map();
    this.suggested = this.highlight("suggested");
    this.now = this.highlight("now", 3);
    this.cursor = this.highlight("cursor", 2);
    /** @type {Map<Block, {highlight: Highlight, range: AbstractRange}[]>} */
    this.drawn = new Map();
    /** @type {WeakMap<Block, number>} */
    this.room = new WeakMap();
    /** @type {WeakMap<Block, Kept>} the stripes of each block */
    this.kept = new WeakMap();
    /** @type {Set<Block>} */
    this.near = new Set();
    /** @type {Set<Block>} */
    this.due = new Set();
    this.frame = 0;
    this.scrolled = 0; // where the page stood at the last drawing
    this.leaps = [-Infinity, -Infinity]; // when it last moved by a large step, twice: the earlier first
    text.root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest(".stripe");
      if (button instanceof HTMLElement) onOpen(button.dataset.guid ?? "");
    });
    const show = (/** @type {Event} */ event) => {
      const button = /** @type {Element} */ (event.target).closest?.(".stripe");
      if (button instanceof HTMLElement) this.point(this.find(button.dataset.guid ?? ""));
    };
    const hide = () => this.point(null);
    text.root.addEventListener("focusin", show);
    text.root.addEventListener("focusout", hide);
    text.root.addEventListener("mouseover", show);
    text.root.addEventListener("mouseout", hide);
    this.observer = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: NEAR });
    for (const block of text.blocks) this.observer.observe(block.element);
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth !== width) { width = window.innerWidth; this.dirty(this.near); }
    });
  }

  /** @param {string} name @param {number} [priority] */
  highlight(name, priority = 0) {
    const made = new Highlight();
    made.priority = priority;
    CSS.highlights.set(name, made);
    return made;
  }

  /** Draw by another codebook: the highlights have other numbers. */
  renew() {
    for (const block of [...this.drawn.keys()]) this.clear(block);
    for (const place of this.highlights.keys()) CSS.highlights.delete(`c${place}`);
    this.highlights.clear();
    this.dirty(this.near);
  }

  /** @param {string} guid @returns {Mark | null} */
  find(guid) { return this.marks.codings.get(guid) ?? this.marks.suggestions.get(guid) ?? null; }

  /** The highlight of a code. @param {string} code */
  of(code) {
    const place = this.book.place(code);
    let found = this.highlights.get(place);
    if (!found) {
      found = this.highlight(`c${place}`);
      this.highlights.set(place, found);
    }
    return found;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  seen(entries) {
    for (const entry of entries) {
      const block = this.text.byElement.get(/** @type {HTMLElement} */ (entry.target));
      if (!block) continue;
      if (entry.isIntersecting) { this.near.add(block); this.due.add(block); }
      else { this.near.delete(block); this.due.delete(block); this.clear(block); }
    }
    this.soon();
  }

  /** Draw these blocks again if they are near. @param {Iterable<Block>} blocks */
  dirty(blocks) {
    for (const block of blocks) if (this.near.has(block)) this.due.add(block);
    this.soon();
  }

  soon() {
    if (!this.frame && this.due.size) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const moved = Math.abs(window.scrollY - this.scrolled);
    this.scrolled = window.scrollY;
    if (this.flies(moved)) { this.soon(); return; }
    const order = [...this.due].map((block) => ({ block, far: distance(block) })).sort((a, b) => a.far - b.far);
    // Laying out and painting come on top of what is done here, and take longer: so no more than a few in each frame, the
    // middle of the window first, and one where the page moves, since what comes next is still out of sight.
    this.blocks(order.slice(0, moved ? MOVING : BATCH).map(({ block }) => block));
    this.soon();
  }

  /** Whether the text flies past too fast for anybody to read it: two large steps at once. @param {number} moved @returns {boolean} */
  flies(moved) {
    const now = performance.now();
    if (moved > window.innerHeight / 3) this.leaps = [this.leaps[1], now];
    return now - this.leaps[0] < FLIGHT;
  }

  /** Draw blocks: measure all, then write all, since measuring after writing would lay the page out again for each. @param {Block[]} blocks */
  blocks(blocks) {
    const plans = blocks.map((block) => {
      this.due.delete(block);
      this.clear(block);
      return { block, marks: this.ranges(block), places: /** @type {Place[]} */ ([]) };
    });
    for (const plan of plans) plan.places = this.measure(plan.block, plan.marks);
    for (const { block, places } of plans) this.stripes(block, places);
  }

  /** Register the highlights of a block; returns what is coded in it. @param {Block} block @returns {Mark[]} */
  ranges(block) {
    const codings = this.marks.touching(block.start, block.end);
    const suggestions = this.marks.suggested(block.start, block.end);
    const ranges = codings.map((c) => ({ highlight: this.of(c.code), range: this.text.range(block, c.start, c.end) }));
    for (const s of suggestions) ranges.push({ highlight: this.suggested, range: this.text.range(block, s.start, s.end) });
    for (const { highlight, range } of ranges) highlight.add(range);
    this.drawn.set(block, ranges);
    return [...codings, ...suggestions].sort(inOrder);
  }

  /** @param {Block} block */
  clear(block) {
    for (const { highlight, range } of this.drawn.get(block) ?? []) highlight.delete(range);
    this.drawn.delete(block);
  }

  /** Where the passages of a block stand on the page. @param {Block} block @param {Mark[]} marks @returns {Place[]} */
  measure(block, marks) {
    if (!marks.length) return [];
    const top = block.said.getBoundingClientRect().top;
    this.room.set(block, block.said.offsetHeight);
    const live = document.createRange();
    return marks.map((mark) => {
      live.setStart(block.node, block.units(Math.max(mark.start, block.start)));
      live.setEnd(block.node, block.units(Math.min(mark.end, block.end)));
      const box = live.getBoundingClientRect();
      return { mark, top: box.top - top, bottom: Math.max(box.bottom - top, box.top - top + 10), lane: 0 };
    });
  }

  /** @param {Block} block @param {Place[]} places */
  stripes(block, places) {
    block.element.classList.toggle("read", this.marks.isRead(block.start, block.end));
    if (!places.length) {
      if (block.stripes.firstChild) block.stripes.replaceChildren();
      return;
    }
    const room = this.room.get(block) ?? 0;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.guid : undefined;
    // Where several stand on one line, what begins here is named before what goes on, and own codings before others.
    const later = (/** @type {Place} */ { mark }) => (mark.start < block.start ? 2 : 0) + (mark.coder === this.coder ? 0 : 1);
    places.sort((a, b) => a.top - b.top || later(a) - later(b));
    const width = Math.min(toLanes(places), MOST_LANES) * LANE + 6; // lanes from the left as labels from the top
    let free = -4;
    /** @type {{place: Place, at: number | null, more: number}[]} */
    const placed = [];
    for (const place of places) {
      // A label where there is room for it, and the number of those without; the bar and the button's own words are
      // always there.
      const at = Math.max(place.top, free);
      const labelled = at <= Math.max(place.bottom - 8, place.top + 3 * LABEL) && at + LABEL <= Math.max(room, LABEL) + 8;
      if (labelled) free = at + LABEL;
      else { const last = placed.findLast((one) => one.at !== null); if (last) last.more += 1; }
      placed.push({ place, at: labelled ? at : null, more: 0 });
    }
    const kept = this.kept.get(block) ?? new Kept();
    this.kept.set(block, kept);
    const buttons = placed.map(({ place, at, more }) => this.stripe(kept, place, width, at, more));
    kept.done();
    arrange(block.stripes, buttons);
    if (!focused || document.activeElement instanceof HTMLElement && document.activeElement.dataset.guid === focused) return;
    const again = buttons.map((b) => /** @type {HTMLElement} */ (b.firstChild)).find((b) => b.dataset.guid === focused);
    again?.focus({ preventScroll: true });
  }

  /** @param {Kept} kept @param {Place} place @param {number} width @param {number | null} label @param {number} more */
  stripe(kept, place, width, label, more) {
    const { mark } = place;
    const code = this.book.code(mark.code);
    const proposed = "reason" in mark;
    const memo = this.marks.memos.has(mark.guid);
    const answers = this.book.answers(mark.facets).join(", ");
    const person = this.book.person(mark.coder);
    const words = shorten(this.text.words(mark.start, mark.end), 60);
    const spoken = `${code.name}, ${answers ? `${answers}, ` : ""}${proposed ? "suggested " : ""}by ${person}${memo ? ", with a memo" : ""}: ${words}`;
    const lane = Math.min(place.lane, MOST_LANES - 1) * LANE;
    const [styled, bar] = stand(place, width, label, lane);
    return kept.node(mark.guid, [code.colour, spoken, styled, bar, more].join("\n"), () => {
      const line = el("i", { class: `lane k${code.colour}` });
      line.style.cssText = bar;
      const button = el("button", {
        class: `stripe k${code.colour}${proposed ? " proposed" : ""}${label === null ? " bare" : ""}`,
        "data-guid": mark.guid,
        "aria-label": spoken,
      }, line, label === null ? null : el("span", {}, `${proposed ? "? " : ""}${code.name}`), label === null || !memo ? null : " ✎",
      // Whose it is stays when the name of the code is cut: own and colleagues' codings must not look alike.
      label === null || mark.coder === this.coder ? null : el("small", { class: "whose" }, el("bdi", {}, person)),
      label === null || !more ? null : el("small", { class: "more", "aria-hidden": "true" }, ` +${more}`));
      button.style.cssText = styled;
      return el("li", {}, button);
    });
  }

  /** Point at a passage. @param {{start: number, end: number} | null} mark */
  point(mark) {
    if (this.now.size) this.now.clear(); // clearing what is empty would paint the text again
    if (mark) for (const block of this.text.within(mark.start, mark.end)) this.now.add(this.text.range(block, mark.start, mark.end));
  }

  /** Show where the cursor is. @param {{start: number, end: number} | null} passage */
  caret(passage) {
    this.cursor.clear();
    if (passage) for (const block of this.text.within(passage.start, passage.end)) this.cursor.add(this.text.range(block, passage.start, passage.end));
  }
}

/**
 * The styles of a stripe's button and of its bar. @param {Place} place @param {number} width @param {number | null} label where its label stands
 * @param {number} lane @returns {[string, string]}
 */
function stand(place, width, label, lane) {
  const height = place.bottom - place.top;
  if (label === null) return [`margin:${place.top}px 0 0 ${lane}px;width:${LANE}px;height:${height}px`, `margin-left:2px;height:${height}px`];
  const left = lane - width + 1; // the bar stands beside its label without taking room from it
  return [
    `margin:${label}px 0 0 ${width}px;max-width:calc(100% - ${width + 4}px)`,
    `margin:${place.top - label}px ${-left - BAR}px 0 ${left}px;height:${height}px`,
  ];
}

/** How far a block is from the middle of the window. @param {Block} block */
function distance(block) {
  const box = block.element.getBoundingClientRect();
  return Math.abs((box.top + box.bottom) / 2 - window.innerHeight / 2);
}

/** Give overlapping passages lanes of their own; returns how many. @param {{top: number, bottom: number, lane: number}[]} places */
function toLanes(places) {
  /** @type {number[]} */
  const ends = [];
  for (const place of places) {
    let lane = ends.findIndex((end) => end <= place.top + 1);
    if (lane < 0) lane = ends.length;
    ends[lane] = place.bottom;
    place.lane = lane;
  }
  return ends.length;
}
