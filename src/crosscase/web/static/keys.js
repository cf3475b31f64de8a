// The keys of the Source room, in one table that also makes the help.

import { el } from "./dom.js";
import { keep, kept } from "./book.js";

/** @typedef {{keys: string, does: string, letters?: boolean}} Help */
/** @typedef {Record<"facets" | "suggestion" | "item" | "selected", () => boolean>} State what is open, chosen or selected when a key comes */

/** @type {[string, Help[]][]} */
export const MAP = [
  ["Move", [
    { keys: "n p", does: "next, previous sentence", letters: true },
    { keys: "↓ ↑", does: "the same" },
    { keys: "j k", does: "next, previous turn", letters: true },
    { keys: "Shift with any of these", does: "extend the passage; from text selected with the mouse too" },
    { keys: "t", does: "take the whole turn", letters: true },
    { keys: "s", does: "next suggestion of a machine; Shift+S the one before", letters: true },
  ]],
  ["Code", [
    { keys: "Enter or /", does: "choose a code for the passage: type two letters of it, Enter" },
    { keys: "any letter", does: "while text is selected with the mouse: the same, and the letter is typed already; Esc lets the selection go", letters: true },
    { keys: "any other letter", does: "without a selection: a letter that is no command here does the same", letters: true },
    { keys: "1 … 9", does: "one of the codes used last", letters: true },
    { keys: "1 … 9 a … z", does: "after coding: the answer to the question; Enter when done" },
    { keys: "← →", does: "after coding: the question before, the next one" },
  ]],
  ["What is coded here", [
    { keys: "o", does: "the next coding here", letters: true },
    { keys: "f", does: "its answers", letters: true },
    { keys: "m", does: "a memo on it; Ctrl+Enter keeps it, Esc leaves it for later", letters: true },
    { keys: "x or Delete or Backspace", does: "delete it" },
    { keys: "a e x", does: "a suggestion: accept, accept and change, reject", letters: true },
  ]],
  ["Everything", [
    { keys: "u or Ctrl+Z", does: "undo, as often as you like" },
    { keys: "Ctrl+Shift+Z or Ctrl+Y", does: "do it again" },
    { keys: "r", does: "the turn is read; Shift+R: everything up to here", letters: true },
    { keys: "?", does: "this list" },
  ]],
];

/** Whether single letters are commands. */
export function singleLetters() { return kept("single", "on") !== "off"; }

/** @param {boolean} on */
export function setSingleLetters(on) { keep("single", on ? "on" : "off"); }

const WORDS = new Set(["or", "…", "with", "any", "of", "these", "other", "letter"]);

export function showHelp() { showKeys(MAP); }

/** A list of keys as a dialog. @param {[string, Help[]][]} map */
export function showKeys(map) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("help") ?? el("dialog", { id: "help", class: "help", "aria-labelledby": "h-help" }));
  if (!dialog.isConnected) document.body.append(dialog);
  const on = singleLetters();
  dialog.replaceChildren(
    el("form", { method: "dialog" }, el("h2", { id: "h-help" }, "Keys"),
      on ? null : el("p", { class: "note" }, "Single letters are switched off in Settings; the others work."),
      el("div", { class: "keymap" }, ...map.map(([title, rows]) => el("section", {}, el("h3", {}, title), el("dl", {},
        ...rows.filter((row) => on || !row.letters).map((row) => el("div", {}, el("dt", {}, ...row.keys.split(" ").map((key) => (WORDS.has(key) ? ` ${key} ` : el("kbd", {}, key)))), el("dd", {}, row.does))))))),
      el("p", {}, el("button", { class: "main", autofocus: true }, "Close"))));
  dialog.showModal();
}

/**
 * Listen to keys. `deeds` are called by name; a key that means nothing here stays the browser's.
 * @param {Record<string, (extra?: any) => void>} deeds @param {State} state
 */
export function listen(deeds, state) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest("dialog[open]") || event.isComposing) return;
    // The questions have the first word while they are shown, also before they have the focus.
    if (state.facets() && !event.defaultPrevented) {
      deeds.facet(event);
      if (event.defaultPrevented) return;
    }
    if (command(event, deeds, state, target)) event.preventDefault();
  });
}

/** @param {KeyboardEvent} event @param {Record<string, (extra?: any) => void>} deeds @param {State} state @param {HTMLElement} target */
function command(event, deeds, state, target) {
  const { key, shiftKey: shift } = event;
  const low = key.length === 1 ? key.toLowerCase() : key;
  if ((event.ctrlKey || event.metaKey) && !event.altKey) {
    if (low === "z") { (shift ? deeds.redo : deeds.undo)(); return true; }
    if (low === "y") { deeds.redo(); return true; }
    return false;
  }
  if (event.altKey) return false;
  const onButton = target.closest("button, a, summary") !== null;
  const inText = target.closest("#text") !== null || target === document.body || target.id === "main";
  if (key === "Enter") { if (onButton) return false; deeds.code(""); return true; }
  if (key === "/") { deeds.code(""); return true; }
  if ((key === "ArrowDown" || key === "ArrowUp") && inText) { deeds.sentence({ step: key === "ArrowDown" ? 1 : -1, extend: shift }); return true; }
  if (key === "Delete" || key === "Backspace") { if (!state.item()) return false; deeds.remove(); return true; }
  if (key === "?") { deeds.help(); return true; }
  if (key === "Escape") { deeds.leave(); return true; }
  if (!singleLetters()) return false;
  // Text that was selected waits for its code: no letter may move away from it. Shift extends it.
  if (state.selected() && /^\p{L}$/u.test(low) && !(shift && /^[jknp]$/.test(low))) { deeds.code(low); return true; }
  return letter(low, shift, deeds, state);
}

/** @param {string} key @param {boolean} shift @param {Record<string, (extra?: any) => void>} deeds @param {State} now */
function letter(key, shift, deeds, now) {
  const step = { j: 1, k: -1 }[key];
  const sentence = { n: 1, p: -1 }[key];
  if (step) deeds.turn({ step, extend: shift });
  else if (sentence) deeds.sentence({ step: sentence, extend: shift });
  else if (/^[1-9]$/.test(key)) deeds.recent(Number(key) - 1);
  else if (key === "s") deeds.suggestion(shift ? -1 : 1);
  else if (key === "r") deeds.read(shift);
  else if (key === "a" && now.suggestion()) deeds.accept();
  else if (key === "e" && now.suggestion()) deeds.edit();
  else if (PLAIN[key] && now.item()) deeds[PLAIN[key]]();
  else if (key === "u") deeds.undo();
  else if (key === "t") deeds.whole();
  else if (/^\p{L}$/u.test(key)) deeds.code(key);
  else return false;
  return true;
}

/** @type {Record<string, string>} */
const PLAIN = { x: "remove", m: "memo", f: "answers", o: "next" };
