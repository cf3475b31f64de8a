// The Disconfirm room: candidates against a claim, read in context and decided by key, each with a reason.

import { announce, el, sentence, complain } from "./dom.js";
import { showKeys } from "./keys.js";
import { Worklist, keyButton } from "./worklist.js";

/** @type {[string, import("./keys.js").Help[]][]} */
const MAP = [
  ["Move", [
    { keys: "j k", does: "next, previous candidate; at the end of the page, the next page", letters: true },
    { keys: "o", does: "open the passage in its source", letters: true },
    { keys: "w", does: "why it was raised: the rule of each queue", letters: true },
  ]],
  ["What it comes to; each asks for a reason, Enter keeps it", [
    { keys: "r", does: "refutes: it speaks against the claim and stands", letters: true },
    { keys: "q", does: "qualifies: the claim holds with an exception that has to be named", letters: true },
    { keys: "e", does: "explained: it speaks against it only at first sight", letters: true },
    { keys: "i", does: "not relevant: it says nothing about the claim", letters: true },
    { keys: "c", does: "coding error: the passage was coded wrongly; then x takes an own coding out, n leaves its coder a note", letters: true },
    { keys: "p", does: "take back what it came to; needs a reason", letters: true },
    { keys: "u or Ctrl+Z", does: "undo, as often as you like" },
    { keys: "Esc", does: "leave the reason" },
    { keys: "?", does: "this list" },
  ]],
];
/** @type {Record<string, string>} */
const KEYS = { r: "refutes", q: "qualifies", e: "explained", i: "not relevant", c: "coding error" };

const work = new Worklist("places", ".candidate", {
  settled(row, said, answer) {
    if (row) settle(row, said);
    if (row && answer && said.startsWith("Coding error")) void mend(row);
    for (const other of also(row, answer)) {
      other.classList.add("settled");
      settle(other, `${said}, with the same passage`);
    }
  },
  reopened(row, answer) {
    if (row) offerDeeds(row);
    for (const other of also(row, answer)) {
      other.classList.remove("settled");
      offerDeeds(other);
    }
  },
});

/** Other rows on the same passage that went with it. @param {HTMLElement | null} row @param {any} answer */
function also(row, answer) {
  const ids = new Set(/** @type {number[]} */ (answer?.ids ?? []));
  return work.rows.filter((other) => other !== row && ids.has(Number(other.dataset.id)));
}

/** Nobody can have coded wrongly what nobody coded. @param {HTMLElement} row @param {string} key */
function mayBe(row, key) { return key !== "c" || row.dataset.coded === "yes"; }

/** @param {HTMLElement} row */
function offerDeeds(row) {
  const place = row.querySelector(".deciding");
  if (!place) return;
  if (!work.waits(row)) {
    place.replaceChildren(el("p", { class: "acts" }, keyButton("p", "Take it back …", () => ask(row, "p")),
      row.dataset.disposition === "coding error" ? el("button", { type: "button", onclick: () => void mend(row) }, "Mend the codings …") : null));
    return;
  }
  const words = JSON.parse(work.list.dataset.dispositions ?? "{}");
  place.replaceChildren(el("p", { class: "acts" }, ...Object.entries(KEYS).filter(([key]) => mayBe(row, key)).map(([key, name]) => {
    const button = keyButton(key, name[0].toUpperCase() + name.slice(1), () => ask(row, key));
    button.title = words[name] ?? "";
    return button;
  })));
}

/** @param {HTMLElement} row @param {string} said */
function settle(row, said) {
  row.querySelector(".deciding")?.replaceChildren(el("p", { class: "verdict-line" }, el("b", {}, said), " ", keyButton("u", "Undo", () => void work.undo())));
}

/**
 * Offer to mend the codings behind a coding error: an own one is taken out, a colleague's gets a note from here.
 * @param {HTMLElement} row
 */
async function mend(row) {
  const place = row.querySelector(".deciding");
  if (!place) return;
  let told;
  try {
    const answer = await fetch(`/api/candidates/codings?ids=${encodeURIComponent(row.dataset.ids ?? "")}`, { credentials: "same-origin" });
    told = await answer.json();
    if (!answer.ok) throw told;
  } catch (error) {
    complain(sentence(error));
    return;
  }
  const lines = told.codings.map((/** @type {Behind} */ coding) => offerMend(row, coding));
  place.querySelector(".mending")?.remove();
  const said = lines.length ? "The codings still stand:" : "No coding stands behind it.";
  const list = el("div", { class: "mending" }, el("p", { class: "note" }, said), el("ul", {}, ...lines));
  place.append(list);
  const first = list.querySelector("button");
  if (first instanceof HTMLElement && (document.activeElement === document.body || row.contains(document.activeElement))) first.focus({ preventScroll: true });
  announce(lines.length ? `${said} x takes an own one out, n leaves its coder a note` : said);
}

/** @typedef {{guid: string, code: string, coder: string, own: boolean, at: string}} Behind */

/** @param {HTMLElement} row @param {Behind} coding */
function offerMend(row, coding) {
  const line = el("li", {}, el("a", { href: coding.at }, `“${coding.code}”`), " by ", el("bdi", {}, coding.coder), " ");
  const done = (/** @type {string} */ said) => {
    line.querySelector("button, form")?.remove();
    line.append(el("b", {}, said));
    row.focus({ preventScroll: true });
  };
  if (coding.own) {
    line.append(keyButton("x", "Take my coding out", () => {
      void work.decide(null, `Took “${coding.code}” out`, { verb: "out", guid: coding.guid }, { verb: "back", guid: coding.guid });
      done("Taken out");
    }));
    return line;
  }
  line.append(keyButton("n", "Leave a note …", () => {
    const field = /** @type {HTMLInputElement} */ (el("input", { type: "text", required: true, maxlength: 1000, autocomplete: "off" }));
    field.value = `Coding error? ${row.dataset.reason ?? ""}`.trim();
    const form = el("form", { class: "fields row why-form", onsubmit: /** @type {EventListener} */ ((event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (!text) return;
      const guid = crypto.randomUUID();
      void work.decide(null, `Left ${coding.coder} a note`, { verb: "error-note", guid, coding: coding.guid, text }, { verb: "unmemo", guid, coding: coding.guid });
      done("Note left: their Study room shows it");
    }) }, el("label", { class: "grow" }, `Note to ${coding.coder} `, field), el("button", { class: "main" }, "Leave the note"));
    line.querySelector("button")?.replaceWith(form);
    field.focus();
  }));
  return line;
}

/** Ask for the reason. @param {HTMLElement} row @param {string} key */
function ask(row, key) {
  const place = row.querySelector(".deciding");
  if (!place) return;
  if (!mayBe(row, key)) {
    announce("Nobody has coded this passage, so no coding of it can be wrong");
    return;
  }
  const back = key === "p";
  const label = back ? "Why is it taken back?" : `${KEYS[key][0].toUpperCase()}${KEYS[key].slice(1)}, because`;
  const field = /** @type {HTMLInputElement} */ (el("input", { type: "text", required: true, maxlength: 1000, autocomplete: "off", list: back ? undefined : "reasons" }));
  const form = el("form", { class: "fields row why-form", onsubmit: /** @type {EventListener} */ ((event) => {
    event.preventDefault();
    const reason = field.value.trim();
    if (!reason) return;
    if (back) void takeBack(row, reason);
    else decide(row, KEYS[key], reason);
  }) }, el("label", { class: "grow" }, `${label} `, field), el("button", { class: "main" }, back ? "Take it back" : "Keep"), el("small", {}, "Enter keeps, Esc leaves"));
  place.replaceChildren(form);
  field.focus();
  announce(`${label}: write the reason, then Enter`);
}

/** @param {HTMLElement} row @param {string} disposition @param {string} reason */
function decide(row, disposition, reason) {
  const guid = crypto.randomUUID();
  row.dataset.reason = reason;
  row.dataset.disposition = disposition;
  const list = document.getElementById("reasons");
  if (list && ![...list.children].some((one) => one.getAttribute("value") === reason)) list.prepend(el("option", { value: reason }));
  void work.decide(row, disposition[0].toUpperCase() + disposition.slice(1),
    { verb: "resolve", guid, candidate: Number(row.dataset.id), disposition, reason }, { verb: "unresolve", guid }, disposition === "coding error");
  if (disposition === "coding error") row.focus({ preventScroll: true });
}

/** @param {HTMLElement} row @param {string} reason */
async function takeBack(row, reason) {
  try {
    await work.queue.send({ verb: "reconsider", candidates: (row.dataset.ids ?? "").split(" ").map(Number), reason });
    row.classList.remove("settled");
    row.querySelector(".verdict-line")?.remove();
    offerDeeds(row);
    work.go(row);
    announce("Taken back: it is open again");
  } catch (error) {
    work.refused(error);
  }
}

/** @param {HTMLElement} row */
function open(row) { /** @type {HTMLAnchorElement | null} */ (row.querySelector("a.at"))?.click(); }

/** @param {HTMLElement} row */
function why(row) {
  const parts = /** @type {HTMLDetailsElement[]} */ ([...row.querySelectorAll(".whys details")]);
  const shut = parts.some((one) => !one.open);
  for (const one of parts) one.open = shut;
  if (shut) announce(parts.map((one) => one.querySelector("p")?.textContent ?? "").join(" "));
}

/** @param {(row: HTMLElement) => void} deed @param {boolean} [decidedToo] */
function here(deed, decidedToo = false) {
  return () => {
    const row = work.now;
    if (!row) return;
    if (decidedToo || work.waits(row)) deed(row);
    else announce("This is decided: u undoes, p takes it back with a reason");
  };
}

/** Do what a button of the row with this key does. @param {HTMLElement} row @param {string} key */
function press(row, key) {
  const button = row.querySelector(`.mending [data-deed="${key}"]`);
  if (button instanceof HTMLElement) button.click();
  else announce(key === "x" ? "No coding of your own is in error here" : "No coding of a colleague is in error here");
}

for (const row of work.rows) offerDeeds(row);
work.list.addEventListener("keydown", (event) => {
  const field = /** @type {Element} */ (event.target);
  const row = field.closest(".candidate");
  if (event.key !== "Escape" || !(row instanceof HTMLElement) || !field.closest(".why-form")) return;
  event.preventDefault();
  offerDeeds(row);
  row.focus({ preventScroll: true });
});
const may = document.querySelector(".deciding") !== null;
work.keys({
  j: () => work.step(1), k: () => work.step(-1), o: here(open, true), w: here(why, true),
  ...(may ? {
    ...Object.fromEntries(Object.keys(KEYS).map((key) => [key, here((row) => ask(row, key))])),
    p: here((row) => { if (!work.waits(row)) ask(row, "p"); else announce("Nothing was decided here"); }, true),
    x: here((row) => press(row, "x"), true), n: here((row) => press(row, "n"), true),
    u: () => void work.undo(),
  } : {}),
  "?": () => showKeys(MAP),
});
document.getElementById("do-help")?.addEventListener("click", () => showKeys(MAP));
document.documentElement.dataset.ready = "yes";
