// The Report room: the preview and the addresses of the files follow the chosen sections.

import { announce, byId } from "./dom.js";
import "./room.js";

const form = /** @type {HTMLFormElement} */ (byId("sections"));
const frame = /** @type {HTMLIFrameElement} */ (document.querySelector("iframe"));
const waiting = byId("waiting");
const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[type=checkbox]")]);
byId("show").hidden = true; // the preview follows by itself

/** @param {boolean} on */
function wait(on) {
  waiting.hidden = !on;
  frame.setAttribute("aria-busy", String(on));
}

frame.addEventListener("load", () => wait(false));
// Writing it takes seconds, in which the frame is blank; it may have come before this script did.
wait(frame.contentDocument?.readyState !== "complete" || frame.contentDocument.URL === "about:blank");

/** @returns {string} the chosen sections as a query; empty for all */
function query() {
  if (boxes.every((box) => box.checked)) return "";
  return `sections=${boxes.filter((box) => box.checked).map((box) => box.value).join(",")}`;
}

function show() {
  const asked = query();
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (form.querySelectorAll("[data-save]"))) {
    const { pathname, searchParams } = new URL(link.href);
    const rest = searchParams.has("download") ? "download=1" : "";
    link.href = pathname + [asked, rest].filter(Boolean).map((part, n) => (n ? "&" : "?") + part).join("");
  }
  wait(true);
  // A frame that goes elsewhere by its attribute adds to the history; the back button is for the choice alone.
  frame.contentWindow?.location.replace(`/report/page${asked ? `?${asked}` : ""}`);
}

form.addEventListener("change", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  const asked = query();
  history.pushState(null, "", `/report${asked ? `?${asked}` : ""}`);
  announce(`${box.parentElement?.textContent?.trim()} ${box.checked ? "is in the report" : "is left out"}`);
  show();
});
window.addEventListener("popstate", () => {
  const asked = new URLSearchParams(location.search).getAll("sections").flatMap((part) => part.split(","));
  for (const box of boxes) box.checked = !asked.length || box.disabled || asked.includes(box.value);
  show();
});
