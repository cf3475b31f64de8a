// Times as the reader's own clock shows them. The server writes them in UTC and says so, for pages without scripts; that
// stays in the title. Parts of a page that are drawn anew are looked at as they come.

/** Dates without a time of day are the same everywhere. */
const INSTANT = /T.*Z$/;

/** @param {Date} at */
function local(at) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** @param {ParentNode} part */
function show(part) {
  for (const time of part.querySelectorAll("time[datetime]:not([title])")) {
    const said = time.getAttribute("datetime") ?? "";
    const at = new Date(said);
    if (!INSTANT.test(said) || Number.isNaN(at.getTime())) continue;
    time.setAttribute("title", time.textContent ?? "");
    time.textContent = local(at);
  }
}

show(document);
/** @param {Node} node */
function has(node) { return node instanceof Element && (node.matches("time") || node.querySelector("time") !== null); }

// The Source room draws all the time, and no times.
if (!document.getElementById("bench")) {
  new MutationObserver((changes) => {
    if (changes.some((change) => [...change.addedNodes].some(has))) show(document);
  }).observe(document.body, { childList: true, subtree: true });
}
