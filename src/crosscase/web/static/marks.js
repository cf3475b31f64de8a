// What is coded in this source, as this person may see it.

/**
 * @typedef {{guid: string, start: number, end: number, code: string, facets: Record<string, string>, coder: string,
 *   round: string, consensus?: boolean}} Coding
 * @typedef {{guid: string, start: number, end: number, code: string, facets: Record<string, string>, coder: string,
 *   confidence: number | null, reason: string}} Suggestion
 * @typedef {{guid: string, text: string, author: string, at?: string}} Memo
 */

export class Marks {
  constructor() {
    /** @type {Map<string, Coding>} in the order in which they were made */
    this.codings = new Map();
    /** @type {Map<string, Suggestion>} */
    this.suggestions = new Map();
    /** Whether a blind round hides what machines suggest. */
    this.hidesSuggestions = false;
    /** @type {Map<string, Memo[]>} */
    this.memos = new Map();
    /** @type {[number, number][]} */
    this.read = [];
    this.cursor = "";
  }

  /** Take over what the server says. @param {any} told */
  load(told) {
    this.codings = new Map(told.codings.map((/** @type {any[]} */ row) => [row[0], {
      guid: row[0], start: row[1], end: row[2], code: told.codes[row[3]], facets: told.facets[row[4]],
      coder: told.coders[row[5]], round: told.rounds[row[6]], consensus: row[7] === 1,
    }]));
    this.hidesSuggestions = told.suggestions === null;
    this.suggestions = new Map((told.suggestions ?? []).map((/** @type {Suggestion} */ s) => [s.guid, s]));
    this.memos = new Map(Object.entries(told.memos));
    this.read = told.reviewed;
    this.cursor = told.cursor;
  }

  /** Codings that touch a passage, in the order of the text. @param {number} start @param {number} end @returns {Coding[]} */
  touching(start, end) {
    const found = [];
    for (const coding of this.codings.values()) if (coding.start < end && coding.end > start) found.push(coding);
    return found.sort(inOrder);
  }

  /**
   * The own coding in a turn that was made last in this round; `null` where there is none.
   * @param {{start: number, end: number}} turn @param {string} coder @param {string} round @returns {Coding | null}
   */
  lastOwn(turn, coder, round) {
    const own = [...this.codings.values()].filter((one) => one.coder === coder && one.round === round && !one.consensus);
    return own.findLast((one) => one.start < turn.end && one.end > turn.start) ?? null;
  }

  /** Suggestions that touch a passage. @param {number} start @param {number} end @returns {Suggestion[]} */
  suggested(start, end) {
    const found = [];
    for (const one of this.suggestions.values()) if (one.start < end && one.end > start) found.push(one);
    return found.sort(inOrder);
  }

  /** Whether a span is marked as read. @param {number} start @param {number} end */
  isRead(start, end) {
    let place = start;
    for (const [a, b] of [...this.read].sort((x, y) => x[0] - y[0])) {
      if (a > place) break;
      place = Math.max(place, b);
      if (place >= end) return true;
    }
    return place >= end;
  }

  /** @param {[number, number][]} spans @param {boolean} read */
  mark(spans, read) {
    const same = (/** @type {[number, number]} */ x) => spans.some(([a, b]) => a === x[0] && b === x[1]);
    this.read = this.read.filter((span) => !same(span));
    if (read) this.read.push(...spans);
  }
}

/** @param {{start: number, end: number, guid: string}} a @param {{start: number, end: number, guid: string}} b */
export function inOrder(a, b) {
  return a.start - b.start || b.end - a.end || (a.guid < b.guid ? -1 : 1);
}
