// The Codebook room: find a code by a few letters.

import { byId } from "./dom.js";
import "./room.js";

const field = /** @type {HTMLInputElement} */ (byId("filter"));
const codes = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#codes .code")]);
const texts = codes.map((code) => (code.textContent ?? "").toLocaleLowerCase());

field.addEventListener("input", () => {
  const wanted = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let n = 0;
  codes.forEach((code, place) => {
    const fits = wanted.every((word) => texts[place].includes(word));
    code.hidden = !fits;
    if (fits) n++;
  });
  for (const section of document.querySelectorAll("#codes .domain")) {
    /** @type {HTMLElement} */ (section).hidden = !section.querySelector(".code:not([hidden])");
  }
  document.querySelector("#codes")?.classList.toggle("filtered", wanted.length > 0);
  byId("n-shown").textContent = wanted.length ? `${n} of ${codes.length} codes` : "";
});
