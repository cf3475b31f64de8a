// What a coder does: shown at once, sent to the study, and undone without limit.

import { announce } from "./dom.js";
import { sayRefused } from "./queue.js";

/** @typedef {import("./queue.js").Change} Change */
/** @typedef {{said: string, redo: Change[], undo: Change[]}} Deed */

const KEPT = 500;
/** What is recorded in the round that the page was made in, also when another page has chosen another one since. */
const IN_ROUND = new Set(["code", "accept", "read", "unread"]);

export class Edits {
  /**
   * @param {string} source @param {string} coder @param {string} round
   * @param {import("./marks.js").Marks} marks @param {import("./queue.js").Queue} queue
   * @param {{onChange: (start: number, end: number) => void, onStack: () => void}} ears
   */
  constructor(source, coder, round, marks, queue, ears) {
    this.source = source;
    this.coder = coder;
    this.round = round;
    this.marks = marks;
    this.queue = queue;
    this.ears = ears;
    this.key = `crosscase-deeds:${source}:${coder}`;
    /** @type {Map<string, number>} codings with changes on their way: what the feed says of them is older */
    this.under = new Map();
    /** @type {Set<Change>} shown here, and not yet known to the study */
    this.onWay = new Set();
    /** @type {Set<Change> | null} what was on its way at some time while everything is read anew */
    this.held = null;
    /** @type {Deed[]} */
    this.done = [];
    /** @type {Deed[]} */
    this.undone = [];
    try {
      [this.done, this.undone] = JSON.parse(sessionStorage.getItem(this.key) ?? "[[],[]]");
    } catch { /* nothing kept: undo begins afresh */ }
  }

  /**
   * Do something; `redo` is what does it again, where that is not the same.
   * @param {string} said @param {Change[]} first @param {Change[]} undo @param {Change[]} [redo] @returns {Promise<any>}
   */
  do(said, first, undo, redo = first) {
    this.done.push({ said, redo, undo });
    this.undone = [];
    this.keep();
    announce(said);
    return this.perform(first);
  }

  undo() { this.turn(this.done, this.undone, "undo", "Undone"); }
  redo() { this.turn(this.undone, this.done, "redo", "Done again"); }

  /** @param {Deed[]} from @param {Deed[]} to @param {"undo" | "redo"} which @param {string} word */
  turn(from, to, which, word) {
    const deed = from.pop();
    if (!deed) {
      announce(which === "undo" ? "Nothing to undo" : "Nothing to do again");
      return;
    }
    to.push(deed);
    if (which === "redo") renew(deed);
    this.keep();
    announce(`${word}: ${deed.said}`);
    void this.perform(deed[which]);
  }

  keep() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify([this.done.slice(-KEPT), this.undone.slice(-KEPT)]));
    } catch { /* too much for the browser: undo still works in this page */ }
    this.ears.onStack();
  }

  /** Show changes at once and send them in order. @param {Change[]} changes */
  async perform(changes) {
    let last;
    for (const change of changes) this.apply(change);
    for (const change of changes) {
      const { snapshot: _, ...rest } = change;
      const sent = IN_ROUND.has(change.verb) ? { ...rest, round: this.round } : rest;
      this.count(change.guid, 1);
      this.onWay.add(change);
      this.held?.add(change);
      last = this.queue.send(sent).then((told) => this.settled(change, told)).catch((error) => {
        this.forget(change);
        sayRefused(change, error);
      }).finally(() => { this.onWay.delete(change); this.count(change.guid, -1); });
    }
    return last;
  }

  /** Everything is about to be read anew: the answer may be older than what is done meanwhile. */
  hold() { this.held = new Set(this.onWay); }

  /** Everything was read anew: show again what was on its way meanwhile. */
  again() {
    const held = this.held ?? this.onWay;
    this.held = null;
    for (const change of held) this.apply(change);
  }

  /** What was refused was not done: it cannot be undone either. @param {Change} change */
  forget(change) {
    this.onWay.delete(change);
    this.held?.delete(change);
    if (change.verb !== "code" && change.verb !== "accept") return;
    const other = (/** @type {Deed} */ deed) => ![...deed.undo, ...deed.redo].some((one) => one.guid === change.guid);
    this.done = this.done.filter(other);
    this.undone = this.undone.filter(other);
    this.keep();
  }

  /** @param {string | undefined} guid @param {number} step */
  count(guid, step) {
    if (!guid) return;
    const n = (this.under.get(guid) ?? 0) + step;
    if (n > 0) this.under.set(guid, n);
    else this.under.delete(guid);
  }

  /** The study's answer: its coding is what stands. @param {Change} change @param {any} told */
  settled(change, told) {
    if (!told?.coding || told.retired) return told;
    if (change.guid && told.coding.guid !== change.guid) {
      // It stood there already, under another name.
      this.drop(change.guid);
      const rename = (/** @type {Deed[]} */ deeds) => JSON.parse(JSON.stringify(deeds).replaceAll(change.guid, told.coding.guid));
      this.done = rename(this.done);
      this.undone = rename(this.undone);
      this.keep();
    }
    // Unless more is on its way: an answer to an earlier change must not bring back what was deleted since.
    const last = (this.under.get(told.coding.guid) ?? 0) <= 1;
    const shown = this.marks.codings.get(told.coding.guid);
    // A colleague may have changed the codebook since: what comes back has the code that it has now.
    if (last && shown?.code !== told.coding.code) this.put(told.coding);
    return told;
  }

  /** @param {Change} change */
  apply(change) {
    const { verb, guid } = change;
    const coding = this.marks.codings.get(guid);
    if (verb === "code") {
      this.put({ guid, start: change.start, end: change.end, code: change.code, facets: change.facets, coder: this.coder, round: this.round });
    } else if (verb === "change" && coding) {
      this.touch(coding);
      this.put({ ...coding, ...pick(change, ["code", "facets", "start", "end"]) });
    } else if (verb === "out") this.drop(guid);
    else if (verb === "back" && change.snapshot) this.put(change.snapshot);
    else if (verb === "memo") this.memo(change.coding, [...(this.marks.memos.get(change.coding) ?? []).filter((m) => m.guid !== guid), { guid, text: change.text, author: this.coder }]);
    else if (verb === "unmemo") this.memo(change.coding, (this.marks.memos.get(change.coding) ?? []).filter((m) => m.guid !== guid));
    else if (verb === "read" || verb === "unread") {
      this.marks.mark(change.spans, verb === "read");
      for (const [a, b] of change.spans) this.ears.onChange(a, b);
    } else this.answer(change);
  }

  /** @param {Change} change */
  answer(change) {
    const suggestion = this.marks.suggestions.get(change.suggestion) ?? change.snapshot;
    if (!suggestion) return;
    if (change.verb === "reopen") this.marks.suggestions.set(suggestion.guid, suggestion);
    else this.marks.suggestions.delete(suggestion.guid);
    if (change.verb === "accept") {
      this.put({ guid: change.guid, start: suggestion.start, end: suggestion.end, code: suggestion.code, facets: suggestion.facets,
        coder: this.coder, round: this.round, ...pick(change, ["code", "facets", "start", "end"]) });
    }
    if (change.verb === "reopen" && change.guid) this.drop(change.guid);
    this.touch(suggestion);
  }

  /** @param {string} coding @param {import("./marks.js").Memo[]} memos */
  memo(coding, memos) {
    if (memos.length) this.marks.memos.set(coding, memos);
    else this.marks.memos.delete(coding);
    const about = this.marks.codings.get(coding);
    if (about) this.touch(about);
  }

  /** @param {import("./marks.js").Coding} coding */
  put(coding) {
    this.marks.codings.set(coding.guid, coding);
    this.touch(coding);
  }

  /** @param {string} guid */
  drop(guid) {
    const coding = this.marks.codings.get(guid);
    if (!coding) return;
    this.marks.codings.delete(guid);
    this.touch(coding);
  }

  /** @param {{start: number, end: number}} passage */
  touch(passage) { this.ears.onChange(passage.start, passage.end); }

  /** What the live feed says. @param {import("./live.js").News[]} news @returns {boolean} whether everything must be read again */
  hear(news) {
    for (const one of news) {
      if (one.refresh) return true;
      if (one.coding && one.source === this.source && !this.under.has(one.coding.guid)) {
        const known = this.marks.codings.get(one.coding.guid);
        const gone = one.verb === "coding.retired" || one.retired;
        const now = pick(one.coding, ["guid", "start", "end", "code", "facets", "coder", "round"]);
        // Mostly the page's own change come back: drawing it a second time would be in the way of the next key.
        if (gone) this.drop(one.coding.guid);
        else if (!known || !same(known, now)) {
          if (known) this.touch(known);
          this.put(now);
        }
      }
      if (one.suggestion && one.verb !== "suggestion.reopened") {
        const known = this.marks.suggestions.get(one.suggestion);
        if (known) { this.marks.suggestions.delete(one.suggestion); this.touch(known); }
      } else if (one.suggestion && !this.marks.suggestions.has(one.suggestion)) return true;
      if (one.memo && one.on && this.marks.codings.has(one.on)) {
        const others = (this.marks.memos.get(one.on) ?? []).filter((m) => m.guid !== one.memo.guid);
        this.memo(one.on, one.verb === "memo.erased" ? others : [...others, { ...one.memo, author: one.actor ?? "" }]);
      }
      if (one.spans && one.coder === this.coder && one.source === this.source) {
        this.marks.mark(one.spans, one.verb === "span.read");
        for (const [a, b] of one.spans) this.ears.onChange(a, b);
      }
    }
    return false;
  }
}

/** An answer that is given again makes a new coding: the one before stays in the history. @param {Deed} deed */
function renew(deed) {
  for (const change of deed.redo) {
    if (change.verb !== "accept") continue;
    const before = change.guid;
    change.guid = crypto.randomUUID();
    for (const back of deed.undo) if (back.guid === before) back.guid = change.guid;
  }
}

/** Whether two codings say the same. @param {Record<string, any>} one @param {Record<string, any>} other */
function same(one, other) {
  const said = (/** @type {Record<string, any>} */ coding) => JSON.stringify([coding.start, coding.end, coding.code, coding.coder, coding.round, Boolean(coding.consensus), Object.entries(coding.facets ?? {}).sort()]);
  return said(one) === said(other);
}

/** @param {Record<string, any>} from @param {string[]} names @returns {any} */
function pick(from, names) {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));
}
