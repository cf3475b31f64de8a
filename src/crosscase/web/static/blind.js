// A blind check: judge each passage by a key; the judgements stay in this browser until all are handed in.

import { announce, byId } from "./dom.js";
import { singleLetters } from "./keys.js";
import { ownKeys } from "./room.js";

/** @type {Record<string, string>} */
const KEYS = { f: "for", a: "against", n: "neither", t: "cannot tell" };
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("blind"));
const key = `crosscase-blind:${form?.dataset.guid ?? ""}`;

if (form) {
  ownKeys("Blind check", [
    { keys: "f a n t", does: "for, against, neither, cannot tell", letters: true },
    { keys: "j k", does: "the next passage, the one before", letters: true },
  ]);
  const rows = /** @type {HTMLFieldSetElement[]} */ ([...form.querySelectorAll("fieldset")]);
  let at = 0;

  const judged = () => rows.filter((row) => row.querySelector("input:checked")).length;
  const tell = () => { byId("n-judged").textContent = `${judged()} of ${rows.length} judged.`; };
  const keep = () => {
    try {
      sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(new FormData(form))));
    } catch { /* nothing is kept: a reload begins afresh */ }
    tell();
  };
  /** @param {number} to */
  const go = (to) => {
    at = Math.min(Math.max(to, 0), rows.length - 1);
    rows.forEach((row, n) => row.classList.toggle("now", n === at));
    rows[at].focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "center" });
  };

  try {
    for (const [name, value] of Object.entries(JSON.parse(sessionStorage.getItem(key) ?? "{}"))) {
      if (!name.startsWith("p")) continue;
      const field = form.querySelector(`input[name="${CSS.escape(name)}"][value="${CSS.escape(String(value))}"]`);
      if (field instanceof HTMLInputElement) field.checked = true;
    }
  } catch { /* what was kept cannot be read: begin afresh */ }
  tell();
  form.addEventListener("change", keep);
  form.addEventListener("focusin", (event) => {
    const row = /** @type {Element} */ (event.target).closest("fieldset");
    const place = rows.findIndex((one) => one === row);
    if (place >= 0) { at = place; rows.forEach((one, n) => one.classList.toggle("now", n === at)); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !singleLetters()) return;
    const low = event.key.toLowerCase();
    if (low === "j") go(document.activeElement === document.body ? at : at + 1);
    else if (low === "k") go(at - 1);
    else if (KEYS[low]) {
      const field = rows[at].querySelector(`input[value="${KEYS[low]}"]`);
      if (field instanceof HTMLInputElement) field.checked = true;
      announce(`${at + 1}: ${KEYS[low]}`);
      keep();
      if (judged() === rows.length) byId("done").focus();
      else go(at + 1);
    } else return;
    event.preventDefault();
  });
}
document.documentElement.dataset.ready = "yes";
