// Plain forms, sent without leaving the page: a refusal is a sentence beside what was filled in, not a page without it.
// Without this script, forms work as any form does.

import { byId, el, sentence } from "./dom.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
  if (form.method !== "post" || !(event.submitter instanceof HTMLElement)) return;
  event.preventDefault();
  void send(form, event.submitter);
});

/** @param {HTMLFormElement} form @param {HTMLElement} submitter */
async function send(form, submitter) {
  if (form.ariaBusy === "true") return; // pressed twice
  form.ariaBusy = "true";
  form.querySelector(".refused")?.remove();
  const said = new FormData(form, submitter);
  const fields = new URLSearchParams([...said].map(([name, value]) => [name, String(value)]));
  const address = submitter.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
  try {
    const answer = await fetch(address, { method: "POST", body: fields, headers: { accept: "application/json" }, credentials: "same-origin" });
    if (answer.headers.get("content-type")?.startsWith("text/html")) {
      form.ariaBusy = null;
      show(await answer.text(), submitter);
    }
    else if (!answer.ok) throw await answer.json();
    else go((await answer.json()).go);
  } catch (error) {
    form.ariaBusy = null;
    const refused = el("p", { class: "refused", role: "alert" }, error instanceof TypeError ? "The server does not answer. Nothing was sent; try again." : sentence(error));
    form.append(refused);
    refused.scrollIntoView({ block: "nearest" });
  }
}

/**
 * What a form answers with, where it leads to no address: an invitation, a preview, itself with a mistake. A link back
 * brings the forms with all that was filled in. @param {string} text @param {HTMLElement} submitter
 */
function show(text, submitter) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const main = byId("main");
  const before = { nodes: [...main.childNodes], title: document.title };
  main.replaceChildren(...(page.getElementById("main")?.childNodes ?? []));
  document.title = page.title;
  main.querySelector("a[data-back]")?.addEventListener("click", (event) => {
    event.preventDefault();
    main.replaceChildren(...before.nodes);
    document.title = before.title;
    submitter.focus();
  });
  document.dispatchEvent(new Event("shown"));
  window.scrollTo(0, 0);
  const first = main.querySelector("[autofocus]");
  (first instanceof HTMLElement ? first : main).focus();
}

/** @param {string} address */
function go(address) {
  const wanted = new URL(address, location.href);
  const here = wanted.pathname === location.pathname && wanted.search === location.search;
  location.assign(wanted);
  if (here && wanted.hash) location.reload(); // else it would only be scrolled to
}
