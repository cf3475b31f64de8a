// The Settings room: what this browser keeps.

import { announce, byId } from "./dom.js";
import "./errands.js";
import "./room.js";
import { setSingleLetters, singleLetters } from "./keys.js";

function begin() {
  const box = /** @type {HTMLInputElement} */ (byId("single-keys"));
  box.checked = singleLetters();
  box.addEventListener("change", () => {
    setSingleLetters(box.checked);
    announce(box.checked ? "Single letters are commands" : "Single letters are switched off");
  });
}

begin();
document.addEventListener("shown", begin);
