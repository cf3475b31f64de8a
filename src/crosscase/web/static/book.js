// The codebook on the page: names, colours, and finding a code by a few letters.

import { el, meta } from "./dom.js";

/**
 * @typedef {{id: string, name: string, domain: string, colour: number, definition: string, include: string,
 *   exclude: string, example: string}} Code
 * @typedef {{id: string, label: string, include: string}} FacetValue
 * @typedef {{id: string, question: string, required: boolean, default: string, values: FacetValue[]}} Facet
 */

const RECENT = 9;

/** The colours of another codebook. @param {string} digest */
export async function restyle(digest) {
  const before = [...document.querySelectorAll('link[rel=stylesheet][href^="/codes.css"]')];
  const sheet = /** @type {HTMLLinkElement} */ (el("link", { rel: "stylesheet", href: `/codes.css?${digest.slice(0, 12)}` }));
  const there = new Promise((done) => { sheet.onload = done; sheet.onerror = done; });
  document.head.append(sheet);
  await there;
  for (const old of before) old.remove();
}

export class Book {
  /** @param {any} told */
  constructor(told) {
    this.renewed = false;
    this.digest = "";
    this.version = "";
    /** @type {Code[]} */
    this.codes = [];
    /** @type {Facet[]} */
    this.facets = [];
    /** @type {Map<string, number>} */
    this.places = new Map();
    /** @type {Map<string, string>} */
    this.domains = new Map();
    /** @type {Map<string, {name: string, label: string, kind: string}>} */
    this.people = new Map();
    /** @type {string[][]} */
    this.words = [];
    /** @type {string[]} */
    this.recent = [];
    this.take(told);
  }

  /**
   * Take over what the server says; who holds this book sees the new one from now on.
   * @param {any} told @returns {boolean} whether the codebook is another one than before
   */
  take(told) {
    const other = this.digest !== told.digest;
    if (this.digest && other) this.renewed = true;
    this.digest = told.digest;
    this.version = told.version;
    this.codes = told.codes;
    this.facets = told.facets;
    this.places = new Map(this.codes.map((code, place) => [code.id, place]));
    this.domains = new Map(told.domains.map((/** @type {any} */ d) => [d.id, d.name]));
    this.people = new Map(told.people.map((/** @type {any} */ p) => [p.name, p]));
    this.words = this.codes.map((code) => wordsOf(`${code.name} ${code.id.replaceAll(".", " ")}`));
    this.recent = kept(recentOf(), []).filter((/** @type {string} */ id) => this.places.has(id));
    return other;
  }

  /** Number of a code's highlight; codes of earlier codebooks share the last one. @param {string} id */
  place(id) { return this.places.get(id) ?? this.codes.length; }

  /** @param {string} id @returns {Code} */
  code(id) {
    const place = this.places.get(id);
    if (place !== undefined) return this.codes[place];
    return { id, name: id, domain: "", colour: 5, definition: "Not in this version of the codebook.", include: "", exclude: "", example: "" };
  }

  /** @param {string} name */
  person(name) { return this.people.get(name)?.label ?? name; }

  /** @param {string} facet @param {string | undefined} value */
  label(facet, value) {
    return this.facets.find((f) => f.id === facet)?.values.find((v) => v.id === value)?.label ?? value ?? "";
  }

  /** A coding's answers in words, in the order of the framework. @param {Record<string, string>} answers */
  answers(answers) {
    return this.facets.filter((f) => answers[f.id]).map((f) => this.label(f.id, answers[f.id]));
  }

  /**
   * Codes that fit what was typed, the likeliest first: every typed word begins a word of the code.
   * @param {string} typed @returns {Code[]}
   */
  find(typed) {
    const wanted = wordsOf(typed);
    if (!wanted.length) {
      const recent = this.recent.map((id) => this.code(id));
      return [...recent, ...this.codes.filter((code) => !this.recent.includes(code.id))];
    }
    /** @type {[number, number, Code][]} */
    const found = [];
    this.codes.forEach((code, place) => {
      const rank = fit(wanted, this.words[place], code);
      if (rank !== null) found.push([rank - (this.recent.includes(code.id) ? 0.5 : 0), place, code]);
    });
    return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , code]) => code);
  }

  /** @param {string} id */
  use(id) {
    this.recent = [id, ...this.recent.filter((other) => other !== id)].slice(0, RECENT);
    keep(recentOf(), this.recent);
  }

  /**
   * What the facets of a new coding start with: the answers of the last own coding in the same turn, else what the
   * framework fills in first.
   * @param {import("./marks.js").Coding | null} last @returns {Record<string, string>}
   */
  defaults(last) {
    if (last) return this.known(last.facets);
    return this.known(Object.fromEntries(this.facets.map((facet) => [facet.id, facet.default])));
  }

  /** Answers that this codebook asks for; those of earlier ones are left out. @param {Record<string, string>} answers @returns {Record<string, string>} */
  known(answers) {
    return Object.fromEntries(this.facets.filter((f) => f.values.some((v) => v.id === answers[f.id])).map((f) => [f.id, answers[f.id]]));
  }
}

/** @param {string} text */
function wordsOf(text) {
  return text.toLocaleLowerCase().normalize("NFKD").match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * How well words fit: 0 the first word of the name, 1 words in order of the code's, 2 anywhere; `null` not at all.
 * @param {string[]} wanted @param {string[]} has @param {Code} code
 */
function fit(wanted, has, code) {
  if (wanted.every((word) => has.some((other) => other.startsWith(word)))) return has[0].startsWith(wanted[0]) ? 0 : 1;
  if (wanted.length === 1 && initials(has).startsWith(wanted[0])) return 2;
  const all = `${code.name} ${code.id}`.toLocaleLowerCase();
  return wanted.every((word) => all.includes(word)) ? 3 : null;
}

/** @param {string[]} words */
function initials(words) { return words.map((word) => word[0]).join(""); }

/** Where this browser keeps the codes that this coder used last in this study. */
function recentOf() { return `recent:${meta("study")}:${meta("coder")}`; }

/** @param {string} name @param {any} otherwise */
export function kept(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`crosscase-${name}`) ?? "null") ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} name @param {unknown} value */
export function keep(name, value) {
  try {
    localStorage.setItem(`crosscase-${name}`, JSON.stringify(value));
  } catch { /* a browser that keeps nothing: it starts afresh */ }
}
