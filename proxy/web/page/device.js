// What a one-time link opens: in which form a device is to have its settings. Looking does not use
// the link up, choosing does.

import * as api from "/api.js";
import { el, patchChildren } from "/dom.js";
import { language, word } from "/words.js";

const main = document.getElementById("main");
const link = location.hash.slice(1);

function show(title, ...children) {
  document.title = `${title} – Postern`;
  patchChildren(main, [el("section", { class: "card" }, el("h1", {}, title), children)]);
}

function choice(form) {
  return el(
    "li",
    { "data-key": form },
    el("button", { type: "submit", name: "form", value: form, class: "choice" }, el("b", {}, word(`take_${form}`)), el("span", { class: "small" }, word(`take_${form}_text`))),
  );
}

function chosen() {
  // The browser takes the form first.
  setTimeout(() => {
    history.replaceState(null, "", "/device");
    show(word("take_title"), el("p", { class: "note", role: "status" }, word("take_done")));
  });
}

async function begin() {
  document.documentElement.lang = language;
  let behind;
  try {
    behind = await api.post("/api/link", { link });
  } catch {
    history.replaceState(null, "", "/device");
    return show(word("take_title"), el("p", { class: "note bad", role: "alert" }, word("take_worn")));
  }
  show(
    word("take_for", behind.device),
    el("p", {}, word("take_lead")),
    el(
      "form",
      { method: "post", action: "/device" },
      el("input", { type: "hidden", name: "link", value: link }),
      el("ul", { class: "plain choices" }, behind.forms.map(choice)),
    ),
  );
  main.querySelector("form").addEventListener("submit", chosen);
  return undefined;
}

begin();
