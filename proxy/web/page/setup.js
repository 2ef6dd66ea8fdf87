import * as api from "/api.js";
import { el } from "/dom.js";
import { messages, octets, time, word } from "/words.js";

const fresh = () => ({ step: "address", address: "", known: null, tried: null, done: null, error: null, busy: "" });
let form = fresh();

function field(name, label, properties) {
  return el(
    "div",
    { class: "field", "data-key": name },
    el("label", { for: `setup-${name}` }, label),
    el("input", { id: `setup-${name}`, name, required: true, ...properties }),
  );
}

function submit(label) {
  return el("div", { class: "buttons", "data-key": "submit" }, el("button", { type: "submit", class: "main", disabled: Boolean(form.busy) }, label));
}

function errorView() {
  if (!form.error) return null;
  return el(
    "div",
    { class: "note bad", role: "alert", "data-key": "error" },
    el("h3", {}, word("error")),
    el("p", { lang: "en" }, form.error.message),
    form.error.advice && el("p", { lang: "en" }, form.error.advice),
  );
}

function busyView() {
  return form.busy ? el("p", { role: "status", "data-key": "busy" }, word(form.busy)) : null;
}

function addressView() {
  return el(
    "form",
    { "data-submit": "look", "data-key": "address-form" },
    field("address", word("setup_address"), { type: "email", autocomplete: "email", maxlength: 254 }),
    submit(word("setup_next")),
  );
}

function loginView() {
  const { known } = form;
  if (known.sign_in) {
    return el("div", { class: "note", "data-key": "sign-in" }, el("p", {}, word("setup_oauth")), el("p", {}, el("code", {}, "postern setup")));
  }
  if (known.encrypted === false) return el("p", { class: "note", "data-key": "plain" }, word("setup_plaintext"));
  return el(
    "form",
    { "data-submit": "attempt", "data-key": "login-form" },
    known.provider && el("p", {}, word("setup_found", known.provider, known.server)),
    known.enable_page && el("p", { class: "note small" }, word("setup_enable"), " ", el("span", { class: "code" }, known.enable_page)),
    !known.provider && (known.server ? el("p", {}, word("setup_server_found", known.server)) : el("p", { class: "note" }, word("setup_server_unknown"))),
    !known.provider && field("server", word("setup_server"), { value: known.server || "", autocomplete: "off", spellcheck: "false", maxlength: 260 }),
    field("username", word("setup_username"), { value: known.username, autocomplete: "off", spellcheck: "false", maxlength: 254 }),
    field("password", word("setup_password"), { type: "password", autocomplete: "off", maxlength: 500 }),
    submit(word("setup_try")),
  );
}

function rule(value, label, checked) {
  return el("label", {}, el("input", { type: "radio", name: "rule", value, checked }), el("span", {}, label));
}

function writeView() {
  return el(
    "form",
    { "data-submit": "add", "data-key": "write-form" },
    el("p", { class: "note", role: "status" }, word("setup_works", messages(form.tried.messages), octets(form.tried.octets))),
    field("account", word("setup_account"), { value: form.known.account, autocomplete: "off", spellcheck: "false", maxlength: 64 }),
    el(
      "fieldset",
      {},
      el("legend", {}, word("setup_rule")),
      rule("forever", word("rule_forever"), true),
      rule("until-deleted", word("rule_until_deleted"), false),
      rule("30 days", word("rule_days"), false),
    ),
    submit(word("setup_write")),
  );
}

function doneView() {
  const { done } = form;
  const later = done.pause > 0 ? word("setup_later", time(new Date(Date.now() + done.pause * 1000).toISOString())) : word("setup_done");
  return el(
    "div",
    { "data-key": "done" },
    done.problem
      ? el(
          "div",
          { class: "note bad", role: "alert" },
          el("p", {}, word("setup_not_in_force")),
          el("p", { lang: "en" }, done.problem),
          done.advice && el("p", { lang: "en" }, done.advice),
        )
      : el("p", { class: "note", role: "status" }, later),
    el("h2", {}, word("setup_program")),
    el(
      "dl",
      { class: "header" },
      el("dt", {}, word("setup_program_server")),
      el("dd", {}, el("code", {}, done.imap.join(", "))),
      el("dt", {}, word("setup_program_user")),
      el("dd", {}, el("code", {}, done.account)),
      el("dt", {}, word("setup_program_password")),
      el("dd", {}, done.password ? el("code", { id: "new-password" }, done.password) : word("setup_same_password")),
    ),
    el("div", { class: "buttons" }, el("button", { type: "button", class: "main", "data-action": "watch" }, word("setup_overview"))),
  );
}

const steps = { address: addressView, login: loginView, write: writeView, done: doneView };

export function render() {
  return [
    el("h1", { "data-key": "title" }, word("setup_title")),
    el(
      "section",
      { class: "card", "data-key": form.step },
      form.address && el("p", { class: "soft", "data-key": "whose" }, el("bdi", {}, form.address)),
      errorView(),
      steps[form.step](),
      busyView(),
      form.step !== "address" &&
        form.step !== "done" &&
        el("div", { class: "buttons", "data-key": "again" }, el("button", { type: "button", "data-action": "again" }, word("back"))),
    ),
  ];
}

async function step(page, busy, work) {
  if (form.busy) return;
  form.busy = busy;
  form.error = null;
  page.show();
  const before = form.step;
  try {
    await page.act(work);
  } catch (error) {
    form.error = error;
  }
  form.busy = "";
  page.show();
  if (form.step !== before) document.querySelector("#main form input, #main button")?.focus();
}

export const actions = {
  look(page, element) {
    form.address = new FormData(element).get("address").trim();
    return step(page, "setup_looking", async () => {
      form.known = await api.post("/api/look", { address: form.address });
      form.step = "login";
    });
  },
  attempt(page, element) {
    const fields = Object.fromEntries(new FormData(element));
    return step(page, "setup_trying", async () => {
      form.tried = await api.post("/api/try", { address: form.address, ...fields });
      form.step = "write";
    });
  },
  add(page, element) {
    const fields = Object.fromEntries(new FormData(element));
    return step(page, "setup_writing", async () => {
      form.done = await api.post("/api/add", { draft: form.tried.draft, ...fields });
      form.step = "done";
    });
  },
  again(page) {
    form = fresh();
    page.show();
    document.getElementById("setup-address")?.focus();
  },
  watch(page) {
    form = fresh();
    page.go("overview");
  },
};
