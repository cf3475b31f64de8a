// The Agreement room: places side by side, decided by key.

import { Book } from "./book.js";
import { READY, announce, byId, el, shorten } from "./dom.js";
import { showKeys } from "./keys.js";
import { Worklist, keyButton } from "./worklist.js";

/** @typedef {{id: number, code: string, start: number, end: number, facets: Record<string, string>, coder: string, label: string, open: boolean}} Coded */

/** @type {[string, import("./keys.js").Help[]][]} */
const MAP = [
  ["Move", [
    { keys: "j k", does: "next, previous place; at the end of the page, the next page", letters: true },
    { keys: "o", does: "open the place in its source", letters: true },
  ]],
  ["Decide", [
    { keys: "1 2 …", does: "take what the first, second … coder has, or leave it out as who coded nothing; a and b do the same for the first two", letters: true },
    { keys: "m", does: "merge what coders have, or change it: code, passage, answers", letters: true },
    { keys: "n", does: "a new coding in the place of theirs", letters: true },
    { keys: "x", does: "reject them all, against every coder; needs a reason", letters: true },
    { keys: "r", does: "write the reason first; it goes with the next decision", letters: true },
    { keys: "p", does: "put a decision on the table again; needs a reason", letters: true },
    { keys: "u or Ctrl+Z", does: "undo, as often as you like" },
    { keys: "Esc", does: "leave the form" },
    { keys: "?", does: "this list" },
  ]],
];

const NONE = "-";
const told = /** @type {Promise<Book>} */ (fetch("/api/codebook").then((answer) => answer.json()).then((content) => new Book(content)));

const work = new Worklist("places", ".place", {
  settled(row, said, answer) {
    if (row) settle(row, said);
    progress(answer);
  },
  reopened(row, answer) {
    if (row) offerDeeds(row);
    progress(answer);
  },
});

/** @param {HTMLElement} row @returns {Coded[]} */
function codings(row) {
  return /** @type {HTMLElement[]} */ ([...row.querySelectorAll(".coded[data-id]")]).map((one) => {
    const side = /** @type {HTMLElement} */ (one.closest(".coder"));
    return {
      id: Number(one.dataset.id), code: one.dataset.code ?? "", start: Number(one.dataset.start), end: Number(one.dataset.end),
      facets: JSON.parse(one.dataset.facets ?? "{}"), coder: side.dataset.coder ?? "", label: side.dataset.label ?? "", open: one.dataset.open === "yes",
    };
  });
}

/** Ids that wait for a decision. @param {HTMLElement} row */
function waiting(row) { return (row.dataset.ids ?? "").split(" ").filter(Boolean).map(Number); }

/** @param {HTMLElement} row */
function decided(row) { return (row.dataset.decisions ?? "").split(" ").filter(Boolean).map(Number); }

/** @param {HTMLElement} row */
function sides(row) { return /** @type {HTMLElement[]} */ ([...row.querySelectorAll(".coder")]); }

/** Whether this coder gave any of what is to be decided. @param {HTMLElement} side */
function has(side) { return side.querySelector(".coded[data-id]") !== null; }

/** @param {HTMLElement} row @returns {string} */
function reasonOf(row) { return /** @type {HTMLInputElement | null} */ (row.querySelector(".reason input"))?.value.trim() ?? ""; }

/** What can be done with a place. @param {HTMLElement} row */
function offerDeeds(row) {
  const place = row.querySelector(".deciding");
  if (!place) return;
  if (!waiting(row).length) {
    place.replaceChildren(el("p", { class: "acts" }, keyButton("p", "Put on the table again …", () => again(row))));
    return;
  }
  const takes = sides(row).map((side, n) => keyButton(String(n + 1), has(side) ? `Take ${side.dataset.label}’s` : `Leave it out, as ${side.dataset.label}`, () => take(row, n)));
  const reading = sides(row).find((side) => !has(side))?.dataset.label;
  place.replaceChildren(
    el("p", { class: "acts" }, ...takes,
      keyButton("m", waiting(row).length > 1 ? "Merge …" : "Change …", () => void form(row, "merge")),
      keyButton("n", "New …", () => void form(row, "new")),
      keyButton("x", "Reject all …", () => reject(row))),
    ...(reading ? [el("p", { class: "note" }, `“Leave it out” follows ${reading}, who read the place and coded nothing there: the decision rests on that reading. “Reject all” follows no coder, and needs a reason.`)] : []),
    el("p", { class: "reason" }, el("label", {}, "Reason ", el("input", { type: "text", maxlength: 500, autocomplete: "off" }), el("small", {}, " goes with the decision"))));
}

/** @param {HTMLElement} row @param {string} said */
function settle(row, said) {
  const place = row.querySelector(".deciding");
  place?.replaceChildren(el("p", { class: "verdict-line" }, el("b", {}, said), " ", keyButton("u", "Undo", () => void work.undo())));
}

/** @param {any} answer */
function progress(answer) {
  if (!answer || answer.all === undefined) return;
  const words = document.getElementById("progress");
  if (words) words.textContent = `${answer.decided.toLocaleString()} of ${answer.all.toLocaleString()} codings are decided`;
  const meter = /** @type {HTMLMeterElement | null} */ (document.getElementById("meter"));
  if (meter) meter.value = answer.decided;
}

/** @param {HTMLElement} row @param {string} said @param {import("./queue.js").Change} change */
function decide(row, said, change) {
  const guid = crypto.randomUUID();
  void work.decide(row, said, { ...change, guid, ids: waiting(row) }, { verb: "decide-undo", guid });
}

/** @param {HTMLElement} row @param {number} n */
function take(row, n) {
  const side = sides(row)[n];
  if (!side) { announce("There is no such coder here"); return; }
  decide(row, has(side) ? `${side.dataset.label}’s was taken` : `Left out, as ${side.dataset.label} did`, { verb: "decide-take", coder: side.dataset.coder, reason: reasonOf(row) });
}

/** @param {HTMLElement} row */
function reject(row) {
  const reason = reasonOf(row);
  if (!reason) {
    write(row);
    announce("A rejection needs a reason: write it, then Enter");
    row.dataset.then = "reject";
    return;
  }
  decide(row, "Rejected", { verb: "decide-reject", reason });
}

/** @param {HTMLElement} row */
function write(row) {
  delete row.dataset.then;
  /** @type {HTMLInputElement | null} */ (row.querySelector(".reason input"))?.focus();
}

/** A decision of before is put on the table again. @param {HTMLElement} row */
function again(row) {
  const place = row.querySelector(".deciding");
  const field = /** @type {HTMLInputElement} */ (el("input", { type: "text", required: true, maxlength: 500, autocomplete: "off" }));
  place?.replaceChildren(el("form", { class: "again fields row", onsubmit: /** @type {EventListener} */ ((event) => {
    event.preventDefault();
    void reopen(row, field.value.trim());
  }) }, el("label", { class: "grow" }, "Why is it put on the table again? ", field), el("button", { class: "main" }, "Put on the table")));
  field.focus();
}

/** @param {HTMLElement} row @param {string} reason */
async function reopen(row, reason) {
  try {
    await work.queue.send({ verb: "decide-reopen", decisions: decided(row), reason });
    try { sessionStorage.setItem(READY, "Put on the table again: the place waits for a decision"); } catch { /* the page comes without being announced */ }
    location.hash = row.id;
    location.reload();
  } catch (error) {
    work.refused(error);
  }
}

/** Ask for code, passage and answers. @param {HTMLElement} row @param {"merge" | "new"} kind */
async function form(row, kind) {
  const book = await told;
  const place = row.querySelector(".deciding");
  const mine = codings(row).filter((one) => one.open);
  if (!place || !mine.length) return;
  const code = chooser("Code", "code", codesOf(book, mine, kind), kind === "merge" && same(mine, (c) => c.code) ? mine[0].code : "");
  const spans = passages(row, mine);
  const passage = chooser("Passage", "passage", spans.map(([a, b, words]) => [`${a} ${b}`, words]), `${spans[0][0]} ${spans[0][1]}`);
  const facets = book.facets.map((facet) => {
    const said = [...new Set(mine.map((c) => c.facets[facet.id] ?? NONE))];
    const differs = said.length > 1 ? ` (coders differ: ${said.map((v) => (v === NONE ? "no answer" : book.label(facet.id, v))).join(", ")})` : "";
    const choices = /** @type {[string, string][]} */ ([...facet.values.map((v) => [v.id, v.label]), ...(facet.required ? [] : [[NONE, "no answer"]])]);
    return chooser(facet.question + differs, `facet-${facet.id}`, choices, said.length === 1 ? said[0] : "");
  });
  const reason = el("label", { class: "grow" }, "Reason ", el("input", { name: "reason", type: "text", maxlength: 500, value: reasonOf(row), autocomplete: "off" }));
  const made = /** @type {HTMLFormElement} */ (el("form", { class: "fields decision", "aria-label": kind === "merge" ? "Merge or change" : "New coding" },
    code, passage, ...facets, reason,
    el("p", { class: "acts" }, el("button", { class: "main" }, "Decide"), el("button", { type: "button", onclick: () => leave(row) }, "Leave"), el("small", {}, "Enter decides, space opens a list, Esc leaves"))));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(row, made, book, kind, mine);
  });
  made.addEventListener("keydown", (event) => {
    // Browsers open the list with Enter; space and Alt+↓ do that too, and Enter decides, as the form says.
    if (event.key !== "Enter" || !(event.target instanceof HTMLSelectElement)) return;
    event.preventDefault();
    made.requestSubmit();
  });
  place.replaceChildren(made);
  /** @type {HTMLElement | null} */ (made.querySelector("select:invalid") ?? made.querySelector("select"))?.focus();
  announce(kind === "merge" ? "Merge: say what differs, then Enter" : "New coding: choose a code, then Enter");
}

/** @param {HTMLElement} row @param {HTMLFormElement} made @param {Book} book @param {string} kind @param {Coded[]} mine */
function submit(row, made, book, kind, mine) {
  const data = new FormData(made);
  const [start, end] = String(data.get("passage")).split(" ").map(Number);
  /** @type {Record<string, string>} */
  const facets = {};
  for (const facet of book.facets) {
    const value = String(data.get(`facet-${facet.id}`) ?? NONE);
    facets[facet.id] = value === NONE ? "" : value;
  }
  const merges = kind === "merge" && mine.length > 1;
  decide(row, merges ? "Merged" : kind === "merge" ? "Changed and taken" : "A new coding stands for theirs", {
    verb: merges ? "decide-merge" : "decide-new", source: row.dataset.source, start, end,
    code: String(data.get("code")), facets, reason: String(data.get("reason") ?? "").trim(),
  });
}

/** @param {Coded[]} mine @param {(c: Coded) => string} what */
function same(mine, what) { return new Set(mine.map(what)).size === 1; }

/** Coders' codes first; all of the codebook for a new coding. @param {Book} book @param {Coded[]} mine @param {string} kind @returns {[string, string][]} */
function codesOf(book, mine, kind) {
  const theirs = [...new Set(mine.map((c) => c.code))];
  const rest = kind === "new" || mine.length === 1 ? book.codes.map((c) => c.id).filter((id) => !theirs.includes(id)) : [];
  return [...theirs, ...rest].map((id) => [id, book.code(id).name]);
}

/** Passages to choose from: all that they cover, each coder's own, the unit. @param {HTMLElement} row @param {Coded[]} mine @returns {[number, number, string][]} */
function passages(row, mine) {
  /** @type {Map<string, [number, number, string]>} */
  const found = new Map();
  const add = (/** @type {number} */ a, /** @type {number} */ b, /** @type {string} */ words) => {
    if (!found.has(`${a} ${b}`)) found.set(`${a} ${b}`, [a, b, words]);
  };
  add(Math.min(...mine.map((c) => c.start)), Math.max(...mine.map((c) => c.end)), same(mine, (c) => `${c.start} ${c.end}`) ? "as it is coded" : "all that they cover");
  for (const c of mine) add(c.start, c.end, `${shorten(c.label, 30)}’s`);
  const low = Math.max(...mine.map((c) => c.start));
  const high = Math.min(...mine.map((c) => c.end));
  if (low < high) add(low, high, "what they share");
  add(Number(row.dataset.start), Number(row.dataset.end), "the whole unit");
  return [...found.values()];
}

/** @param {string} label @param {string} name @param {[string, string][]} options @param {string} chosen */
function chooser(label, name, options, chosen) {
  const ask = chosen ? [] : [el("option", { value: "" }, "– choose –")];
  return el("label", {}, `${label} `, el("select", { name, required: true }, ...ask,
    ...options.map(([value, words]) => el("option", { value, selected: value === chosen }, words))));
}

/** @param {HTMLElement} row */
function leave(row) {
  offerDeeds(row);
  row.focus({ preventScroll: true });
}

/** A deed on the place that the keys are at. @param {(row: HTMLElement) => void} deed @param {boolean} [decidedToo] */
function here(deed, decidedToo = false) {
  return () => {
    const row = work.now;
    if (!row) return;
    if (decidedToo || work.waits(row)) deed(row);
    else announce(decided(row).length ? "This place is decided: p puts it on the table again" : "Decided already: u takes it back");
  };
}

/** @param {HTMLElement} row */
function reconsider(row) {
  if (decided(row).length) again(row);
  else announce("Nothing was decided here");
}

/** @param {HTMLElement} row */
function open(row) { /** @type {HTMLAnchorElement | null} */ (row.querySelector("a.at"))?.click(); }

for (const row of work.rows) offerDeeds(row);
work.list.addEventListener("keydown", (event) => {
  const row = /** @type {Element} */ (event.target).closest(".place");
  if (!(row instanceof HTMLElement)) return;
  const field = /** @type {Element} */ (event.target);
  if (event.key === "Escape" && field.closest(".deciding")) { event.preventDefault(); leave(row); }
  else if (event.key === "Enter" && field.closest(".reason")) {
    event.preventDefault();
    if (row.dataset.then === "reject" && reasonOf(row)) reject(row);
    else row.focus({ preventScroll: true });
  }
});
const may = document.querySelector(".deciding") !== null;
work.keys({
  j: () => work.step(1), k: () => work.step(-1), o: here(open, true),
  ...(may ? {
    a: here((row) => take(row, 0)), b: here((row) => take(row, 1)), m: here((row) => void form(row, "merge")), n: here((row) => void form(row, "new")),
    x: here(reject), r: here(write), p: here(reconsider, true), u: () => void work.undo(),
  } : {}),
  "?": () => showKeys(MAP),
}, (digit) => { if (may) here((row) => take(row, digit - 1))(); return may; });
document.getElementById("do-help")?.addEventListener("click", () => showKeys(MAP));

document.getElementById("identical")?.addEventListener("click", (event) => {
  const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
  const guid = crypto.randomUUID();
  button.disabled = true;
  void work.decide(null, `${button.dataset.n} identical codings were taken over`, { verb: "decide-identical", guid }, { verb: "decide-undo", guid })
    .then(() => { byId("state").replaceChildren(el("a", { href: location.href }, "Taken over: show what is left")); });
});
document.documentElement.dataset.ready = "yes";
