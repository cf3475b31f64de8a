// The Study room: files dropped on the page, looked at first, then added; and progress as colleagues make it.

import { announce, byId, complain, el, meta, sentence, shorten } from "./dom.js";
import { watch } from "./room.js";

/** @typedef {{ticket: string, name: string, refused?: string, n_sources?: number, n_words?: number, n_turns?: number, n_pages?: number,
 *   speakers?: string[], warnings?: string[], beginning?: string, kind?: string, date?: string}} Seen */

const drop = byId("drop");
const looked = byId("looked");
/** @type {Map<HTMLElement, Seen>} */
const rows = new Map();
/** How many files are being read: nothing is added before all of them are seen. */
let reading = 0;

/** @param {string} address @param {BodyInit} body @param {string} type */
async function post(address, body, type) {
  const answer = await fetch(address, { method: "POST", body, headers: { "content-type": type, "x-crosscase-guard": meta("guard") } });
  const content = await answer.json();
  if (!answer.ok) throw content;
  return content;
}

/** @param {Iterable<File>} files */
async function look(files) {
  const all = [...files];
  reading += all.length;
  for (const file of all) {
    const row = el("li", {}, el("p", {}, el("bdi", {}, file.name), " … reading"));
    list().append(row);
    try {
      const seen = /** @type {Seen} */ (await post(`/api/files/look?name=${encodeURIComponent(file.name)}`, file, "application/octet-stream"));
      if (!seen.refused) rows.set(row, seen);
      row.replaceChildren(...shown(seen, row));
    } catch (error) {
      row.replaceChildren(refused(file.name, sentence(error)));
    }
    reading -= 1;
    buttons();
  }
  if (rows.size) looked.scrollIntoView({ block: "nearest" });
}

function list() {
  looked.querySelector(".results")?.remove();
  let found = /** @type {HTMLUListElement | null} */ (looked.querySelector("ul:not(.results)"));
  if (!found) {
    found = /** @type {HTMLUListElement} */ (el("ul", { class: "looked", "aria-label": "Files to add", "aria-live": "polite" }));
    looked.append(found, el("p", { id: "add-row" }));
  }
  return found;
}

/** @param {string} name @param {string} why */
function refused(name, why) {
  return el("p", { class: "refused" }, el("strong", {}, "Cannot be read: "), el("bdi", {}, name), ` — ${why}`);
}

/** @param {Seen} seen @param {HTMLElement} row */
function shown(seen, row) {
  if (seen.refused) return [refused(seen.name, seen.refused)];
  const counts = [`${(seen.n_words ?? 0).toLocaleString()} words`];
  if (seen.n_sources !== 1) counts.unshift(`${seen.n_sources} sources, one per row`);
  if (seen.n_turns) counts.push(`${seen.n_turns} turns`);
  if (seen.n_pages) counts.push(`${seen.n_pages} pages`);
  if (seen.speakers?.length) counts.push(`speakers: ${seen.speakers.join(", ")}`);
  const cases = options(looked.dataset.cases);
  return [
    el("p", {}, el("b", {}, el("bdi", {}, seen.name)), ` ${counts.join(" · ")} `,
      el("button", { type: "button", class: "link", onclick: () => { rows.delete(row); row.remove(); buttons(); } }, "leave out")),
    ...(seen.warnings ?? []).map((w) => el("p", { class: "note" }, w)),
    el("p", { class: "said", dir: "auto" }, shorten(seen.beginning ?? "", 220)),
    el("div", { class: "fields row" },
      field("Case", choice("case", [["", "none"], ...cases], cases.length === 1 ? cases[0][0] : "")),
      field("Kind", choice("kind", options(looked.dataset.kinds), seen.kind || (seen.n_turns ? "interview" : "document"))),
      field("Whose account", choice("role", [["", "not said"], ...options(looked.dataset.roles)], "")),
      field("Date", el("input", { name: "date", placeholder: "2019-04-30", value: seen.date ?? "", size: 10 }))),
  ];
}

/** What can be chosen, one a line: its short name and what it is called. @param {string} [lines] @returns {[string, string][]} */
function options(lines = "") {
  return lines.split("\n").filter(Boolean).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
}

/** @param {string} label @param {HTMLElement} control */
function field(label, control) { return el("label", {}, `${label} `, control); }

/** @param {string} name @param {[string, string][]} options @param {string} chosen */
function choice(name, options, chosen) {
  return el("select", { name }, ...options.map(([value, label]) => el("option", { value, selected: value === chosen }, label)));
}

function buttons() {
  const place = document.getElementById("add-row");
  if (!place) return;
  const n = rows.size;
  const label = reading ? `Reading ${reading} more …` : `Add ${n} ${n === 1 ? "file" : "files"}`;
  place.replaceChildren(...(n || reading ? [el("button", { class: "main", type: "button", disabled: reading > 0, onclick: () => void add() }, label)] : []));
}

/** Say in a row why its file was not added; what was chosen there stays. @param {HTMLElement} row @param {string} said */
function mark(row, said) {
  row.querySelector(".refused")?.remove();
  const date = /** @type {HTMLInputElement | null} */ (row.querySelector("input[name=date]"));
  const wrong = said.startsWith("date ");
  date?.setAttribute("aria-invalid", String(wrong));
  if (!said) return;
  row.append(el("p", { class: "refused" }, `${said[0].toUpperCase()}${said.slice(1)}`));
  /** @type {HTMLElement | null} */ (wrong ? date : row.querySelector("select"))?.focus();
}

async function add() {
  const files = [...rows].map(([row, seen]) => {
    /** @type {Record<string, string>} */
    const said = { ticket: seen.ticket };
    for (const control of row.querySelectorAll("select, input")) {
      const { name, value } = /** @type {HTMLInputElement} */ (control);
      said[name] = value.trim();
    }
    mark(row, "");
    return said;
  });
  try {
    const { files: results } = await post("/api/files/add", JSON.stringify({ files }), "application/json");
    await told(results);
  } catch (error) {
    const problems = /** @type {{problems?: {ticket: string, sentence: string}[]}} */ (error).problems ?? [];
    const marked = [...rows].filter(([, seen]) => problems.some((one) => one.ticket === seen.ticket)).reverse();
    for (const [row, seen] of marked) mark(row, problems.find((one) => one.ticket === seen.ticket)?.sentence ?? "");
    if (marked.length) announce(`Nothing was added: ${problems.map((one) => one.sentence).join("; ")}`);
    else complain(sentence(error));
  }
}

/** Show what came of it; a file that was refused keeps its row. @param {any[]} results */
async function told(results) {
  const refusals = results.filter((r) => r.outcome === "refused" && !results.some((other) => other.ticket === r.ticket && other.outcome !== "refused"));
  for (const [row, seen] of [...rows]) {
    const refusal = refusals.find((r) => r.ticket === seen.ticket);
    if (refusal) mark(row, refusal.sentence);
    else { rows.delete(row); row.remove(); }
  }
  const rest = results.filter((r) => !refusals.includes(r));
  looked.querySelector(".results")?.remove();
  looked.prepend(el("ul", { class: "looked results", role: "status" }, ...rest.map((r) => el("li", { class: r.outcome },
    el("strong", {}, r.outcome), " ", el("bdi", {}, r.name || r.file), r.sentence ? ` — ${r.sentence}` : "", r.outcome === "added" ? ` (${r.n_words.toLocaleString()} words)` : ""))));
  if (!rows.size) for (const old of [looked.querySelector("ul:not(.results)"), document.getElementById("add-row")]) old?.remove();
  buttons();
  await refresh();
  void check();
  // The button that had the focus is gone: go on where the results stand.
  looked.tabIndex = -1;
  if (!rows.size) looked.focus();
  const n = results.filter((r) => r.outcome === "added").length;
  announce(`Added ${n} of ${results.length} ${results.length === 1 ? "file" : "files"}`);
}

/** Show the steps, cases and coders as they are now; a part in which somebody is at work stays. */
async function refresh() {
  const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
  looked.dataset.cases = page.getElementById("looked")?.dataset.cases ?? looked.dataset.cases;
  for (const id of ["fresh", "standing"]) {
    const fresh = page.getElementById(id);
    const old = byId(id);
    if (!fresh || old.contains(document.activeElement)) continue;
    const open = new Map([...old.querySelectorAll("details")].map((d) => [cardOf(d), d.open]));
    for (const d of fresh.querySelectorAll("details")) d.open = open.get(cardOf(d)) ?? d.open;
    old.replaceWith(fresh);
  }
}

/** @param {Element} inside */
function cardOf(inside) { return inside.closest("section")?.querySelector("h2")?.textContent ?? ""; }

/** What the check finds reads every text: it comes after the page, and after news at most once in this time. */
const CALM = 5000;
const findings = byId("findings");
let checks = 0; // how often it was asked: an answer that was overtaken is not shown
let checked = -CALM;
let stale = false;
let timer = 0;

async function check() {
  const mine = ++checks;
  checked = performance.now();
  stale = false;
  const page = new DOMParser().parseFromString(await (await fetch("/check")).text(), "text/html");
  const found = page.querySelector(".findings");
  if (found && mine === checks && !findings.firstElementChild?.isEqualNode(found)) findings.replaceChildren(found);
}

/** The study has changed: check again when there is calm, the page is looked at, and nobody is in the list. */
function recheck() {
  stale = true;
  if (timer) return;
  timer = window.setTimeout(() => {
    timer = 0;
    if (stale && !document.hidden && !findings.contains(document.activeElement)) void check();
  }, Math.max(0, checked + CALM - performance.now()));
}

byId("choose").addEventListener("change", (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  void look([...(input.files ?? [])]).then(() => { input.value = ""; });
});
for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
document.addEventListener("dragenter", () => drop.classList.add("over"));
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  drop.classList.remove("over");
  void look([...(event.dataTransfer?.files ?? [])]);
});
void check();
document.addEventListener("visibilitychange", () => { if (stale) recheck(); });
findings.addEventListener("focusout", () => { if (stale) recheck(); });
watch(() => { void refresh(); recheck(); });
