// Making elements without markup: text goes in as text, never as HTML.

/**
 * @param {string} name
 * @param {Record<string, string | number | boolean | EventListener | undefined>} [attributes] `on…` are listeners
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = String(value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child) made.append(child);
  return made;
}

/**
 * Make these the children of an element. Those that stand there already stay as they are: the page lays out and paints
 * only what is new. @param {Element} parent @param {Node[]} nodes
 */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let at = parent.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

/** Nodes that are made anew only where what they show has changed. */
export class Kept {
  constructor() {
    /** @type {Map<string, {shows: string, node: HTMLElement}>} */
    this.before = new Map();
    /** @type {Map<string, {shows: string, node: HTMLElement}>} */
    this.now = new Map();
  }

  /** The node of a key. @param {string} key @param {string} shows all that the node depends on @param {() => HTMLElement} make @returns {HTMLElement} */
  node(key, shows, make) {
    const there = this.before.get(key);
    const kept = there?.shows === shows ? there : { shows, node: make() };
    this.now.set(key, kept);
    return kept.node;
  }

  /** What was not asked for since the last time is forgotten. */
  done() {
    this.before = this.now;
    this.now = new Map();
  }

  /** Make this one anew the next time. @param {string} key */
  drop(key) { this.before.delete(key); }
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

/** @param {string} name */
export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? "";
}

/** @type {string[]} */
let unsaid = [];

/** Say something to people who cannot see the page. @param {string} sentence */
export function announce(sentence) {
  const place = byId("said");
  // The same words twice would not be read out: empty first. What one key does is said in one breath.
  if (!unsaid.length) {
    place.textContent = "";
    window.setTimeout(() => {
      place.textContent = unsaid.join(". ");
      unsaid = [];
    }, 30);
  }
  unsaid.push(sentence);
}

/** Where a page leaves the sentence that the page after it is to say. */
export const READY = "crosscase-ready";

/** Say what the page before left to be said: that a computation has ended, say, or what a form did. */
export function announceReady() {
  try {
    const done = document.querySelector("[data-said]");
    if (done) announce(done.textContent ?? "");
    const sentence = sessionStorage.getItem(READY);
    if (!sentence || document.getElementById("computing")) return;
    sessionStorage.removeItem(READY);
    announce(sentence);
  } catch { /* this browser keeps nothing between pages */ }
}

/** Show what went wrong, with what to do. @param {string} sentence @param {boolean} [also] beside what stands there already */
export function complain(sentence, also = false) {
  const place = byId("problem");
  const before = also && !place.hidden ? [...place.querySelectorAll("span")] : [];
  place.replaceChildren(
    ...before, el("span", {}, sentence),
    el("button", { "aria-label": "Dismiss", onclick: () => { place.hidden = true; } }, "×"),
  );
  place.hidden = false;
}

/** What the bar says about saving. @param {string} said @param {boolean} warns */
export function showState(said, warns) {
  const place = byId("state");
  if (place.textContent !== said) place.textContent = said;
  place.className = warns ? "state warn" : "state";
}

/** Take a complaint away that is mended. @param {string} sentence */
export function settle(sentence) {
  const place = byId("problem");
  for (const one of place.querySelectorAll("span")) if (one.textContent === sentence) one.remove();
  if (!place.querySelector("span")) place.hidden = true;
}

/** Words in short, on one line. @param {string} text @param {number} most */
export function shorten(text, most) {
  const line = text.slice(0, 2 * most + 40).replace(/\s+/g, " ").trim();
  const points = [...line];
  return points.length <= most ? line : points.slice(0, most - 1).join("") + "…";
}

/** @param {any} error @returns {string} */
export function sentence(error) {
  const said = error?.error ?? error;
  const parts = [said?.what, said?.where, said?.mend].filter(Boolean);
  return parts.length ? parts.join(" — ") : String(said?.message ?? said);
}
