import * as api from "/api.js";
import { el } from "/dom.js";
import { moment, number, octets, time, word } from "/words.js";

const seen = { account: "", text: "", hits: null, end: "all", letter: null, chosen: "", error: null, busy: false };

function key(hit) {
  return `${hit.mailbox_id} ${hit.uid}`;
}

function errorView() {
  if (!seen.error) return null;
  return el("div", { class: "note bad", role: "alert", "data-key": "error" }, el("p", {}, seen.error.message), seen.error.advice && el("p", {}, seen.error.advice));
}

function formView(accounts) {
  return el(
    "form",
    { class: "row", "data-submit": "search", "data-key": "form" },
    accounts.length > 1 &&
      el(
        "div",
        {},
        el("label", { for: "mail-account" }, word("mail_account")),
        el("select", { id: "mail-account", name: "account" }, accounts.map((one) => el("option", { value: one.name }, one.name))),
      ),
    el(
      "div",
      { class: "grow" },
      el("label", { for: "mail-text" }, word("mail_text")),
      el("input", { id: "mail-text", name: "text", type: "search", maxlength: 200, autocomplete: "off", spellcheck: "false" }),
    ),
    el("div", {}, el("button", { type: "submit", class: "main", disabled: seen.busy }, word("mail_search"))),
  );
}

function hitView(hit) {
  return el(
    "li",
    { "data-key": key(hit) },
    el(
      "button",
      { type: "button", class: "hit", "data-action": "read", "data-mailbox": hit.mailbox_id, "data-uid": hit.uid, "aria-current": key(hit) === seen.chosen ? "true" : null },
      el("b", {}, el("bdi", {}, hit.subject.trim() || word("mail_no_subject"))),
      el("span", {}, el("i", {}, el("bdi", {}, hit.from)), el("time", {}, time(hit.date))),
    ),
  );
}

function hitsView() {
  if (seen.busy && !seen.hits) return el("section", { class: "card", "data-key": "hits" }, el("p", {}, word("loading")));
  if (!seen.hits) return el("section", { class: "card", "data-key": "hits" });
  return el(
    "section",
    { class: "card", "data-key": "hits", "aria-live": "polite" },
    el("h2", {}, seen.text ? `“${seen.text}”` : word("mail_latest")),
    seen.hits.length === 0 ? el("p", { class: "soft" }, word("mail_none")) : el("ul", { class: "plain" }, seen.hits.map(hitView)),
    seen.end !== "all" && seen.hits.length > 0 && el("p", { class: "small soft" }, word("mail_more", number(seen.hits.length))),
  );
}

function fieldView(name, value) {
  return value ? [el("dt", {}, word(name)), el("dd", {}, el("bdi", {}, value))] : null;
}

function letterView() {
  const letter = seen.letter;
  if (!letter) return el("section", { class: "card soft", "data-key": "letter" }, el("p", {}, word("mail_pick")));
  return el(
    "article",
    { class: "card", "data-key": "letter", tabindex: "-1", id: "letter", "aria-labelledby": "letter-subject" },
    el("h2", { class: "subject", id: "letter-subject" }, el("bdi", {}, letter.subject.trim() || word("mail_no_subject"))),
    el(
      "dl",
      { class: "header" },
      fieldView("field_from", letter.from),
      fieldView("field_reply_to", letter.reply_to === letter.from ? "" : letter.reply_to),
      fieldView("field_to", letter.to),
      fieldView("field_cc", letter.cc),
      fieldView("field_date", moment(letter.date)),
      fieldView("field_mailbox", letter.mailbox),
    ),
    letter.enclosed.length > 0 && [
      el("h3", {}, word("mail_parts")),
      el("ul", { class: "small" }, letter.enclosed.map((one) => el("li", {}, el("bdi", {}, one.name || one.type), ` (${one.type}, ${octets(one.octets)})`))),
    ],
    el("pre", { class: "letter", dir: "auto" }, letter.text.trim() ? letter.text : word("mail_no_text")),
    letter.cut && el("p", { class: "note" }, word("mail_cut")),
    el("p", { class: "small soft" }, word("mail_safe")),
  );
}

export function render(page) {
  const accounts = page.status.accounts;
  if (!accounts.some((one) => one.name === seen.account)) {
    seen.account = accounts.length > 0 ? accounts[0].name : "";
    seen.hits = null;
    seen.letter = null;
  }
  if (seen.account && !seen.hits && !seen.busy && !seen.error) search(page);
  return [
    el("h1", { "data-key": "title" }, word("mail_title")),
    accounts.length === 0 ? el("p", { "data-key": "none" }, word("accounts_none")) : formView(accounts),
    errorView(),
    el("div", { class: "mail", "data-key": "mail" }, hitsView(), letterView()),
  ].filter(Boolean);
}

async function attempt(page, work) {
  seen.busy = true;
  seen.error = null;
  page.show();
  try {
    await page.act(work);
  } catch (error) {
    seen.error = error;
  }
  seen.busy = false;
  page.show();
}

async function search(page) {
  await attempt(page, async () => {
    const found = await api.post("/api/search", { account: seen.account, text: seen.text });
    seen.hits = found.hits;
    seen.end = found.end;
  });
}

export const actions = {
  search(page, form) {
    const fields = new FormData(form);
    seen.account = fields.get("account") || seen.account;
    seen.text = (fields.get("text") || "").trim();
    seen.letter = null;
    seen.chosen = "";
    return search(page);
  },
  async read(page, button) {
    const hit = seen.hits.find((one) => key(one) === `${button.dataset.mailbox} ${button.dataset.uid}`);
    await attempt(page, async () => {
      const letter = await api.post("/api/letter", { account: seen.account, mailbox_id: hit.mailbox_id, uid: hit.uid });
      seen.chosen = key(hit);
      seen.letter = { ...letter, mailbox: hit.mailbox };
    });
    const article = document.getElementById("letter");
    if (article) {
      article.focus({ preventScroll: true });
      article.scrollIntoView({ block: "nearest" });
    }
  },
};
