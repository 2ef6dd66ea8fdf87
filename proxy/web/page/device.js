// What a one-time link opens: in which form a device is to have its settings. Looking does not use
// the link up, choosing does. The link leads to a password: it does not stay in the address or the
// history, only with this tab, for as long as it is good.

import * as api from "/api.js";
import { el, patchChildren } from "/dom.js";
import { language, word } from "/words.js";

const main = document.getElementById("main");
const KEY = "postern-link";
const link = location.hash.slice(1) || sessionStorage.getItem(KEY) || "";
sessionStorage.setItem(KEY, link);
history.replaceState(null, "", "/device");

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
  setTimeout(() => show(word("take_title"), el("p", { class: "note", role: "status" }, word("take_done"))));
}

function failed(failure) {
  if (failure instanceof api.SignedOut) {
    sessionStorage.removeItem(KEY);
    return el("p", { class: "note bad", role: "alert" }, word("take_worn"));
  }
  const why = [failure.message, failure.advice].filter(Boolean).join("; ");
  return el("p", { class: "note bad", role: "alert" }, word("take_failed", why), " ", el("a", { href: "/device" }, word("take_again")));
}

async function begin() {
  document.documentElement.lang = language;
  let behind;
  try {
    behind = await api.post("/api/link", { link });
  } catch (failure) {
    return show(word("take_title"), failed(failure));
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
