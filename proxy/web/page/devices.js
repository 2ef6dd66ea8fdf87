import * as api from "/api.js";
import { el, svg } from "/dom.js";
import { devicesView } from "/overview.js";
import { number, word } from "/words.js";

const fresh = () => ({ account: "", rights: "full", made: null, error: null, busy: "", leaving: null });
let seen = fresh();

function errorView() {
  if (!seen.error) return null;
  return el(
    "div",
    { class: "note bad", role: "alert", "data-key": "error" },
    el("h3", {}, word("error")),
    el("p", { lang: "en" }, seen.error.message),
    seen.error.advice && el("p", { lang: "en" }, seen.error.advice),
  );
}

function right(value) {
  return el(
    "label",
    {},
    el("input", { type: "radio", name: "rights", value, checked: value === "full", "data-change": "rights" }),
    el("span", {}, word(`device_${value}`)),
  );
}

function formView(accounts) {
  return el(
    "form",
    { "data-submit": "add", "data-key": "form" },
    accounts.length > 1 &&
      el(
        "div",
        { class: "field", "data-key": "account" },
        el("label", { for: "device-account" }, word("mail_account")),
        el("select", { id: "device-account", name: "account" }, accounts.map((one) => el("option", { value: one.name }, one.name))),
      ),
    el(
      "div",
      { class: "field", "data-key": "name" },
      el("label", { for: "device-name" }, word("device_name")),
      el("input", {
        id: "device-name", name: "name", required: true, maxlength: 32, pattern: "[a-z0-9][a-z0-9._\\-]*", autocomplete: "off",
        autocapitalize: "none", spellcheck: "false", "aria-describedby": "device-name-hint",
      }),
      el("p", { class: "small soft", id: "device-name-hint" }, word("device_name_hint")),
    ),
    el("fieldset", { "data-key": "rights" }, el("legend", {}, word("col_rights")), ["full", "read-only", "send-only"].map(right)),
    seen.rights === "send-only" &&
      el(
        "div",
        { class: "field", "data-key": "sender" },
        el("label", { for: "device-sender" }, word("device_sender")),
        el("input", { id: "device-sender", name: "sender", type: "email", required: true, maxlength: 254, autocomplete: "off" }),
      ),
    el("div", { class: "buttons", "data-key": "submit" }, el("button", { type: "submit", class: "main", disabled: Boolean(seen.busy) }, word("device_add"))),
  );
}

function qrView(qr) {
  const side = qr.rows.length + 8;
  let path = "";
  qr.rows.forEach((row, y) => [...row].forEach((one, x) => (path += one === "1" ? `M${x + 4} ${y + 4}h1v1h-1z` : "")));
  const words = word(qr.holds === "link" ? "qr_link" : "qr_text");
  return el(
    "figure",
    { class: "qr" },
    svg(
      "svg",
      { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": words },
      svg("rect", { width: side, height: side, fill: "#fff" }),
      svg("path", { d: path, fill: "#000" }),
    ),
    el("figcaption", { class: "small soft" }, words),
  );
}

function linkView(link) {
  if (!link) return el("p", { class: "small soft" }, word("link_none"));
  return [
    el("h3", {}, word("link_title")),
    el("p", { class: "small" }, word("link_text", number(link.minutes))),
    el("p", {}, el("a", { href: link.address, id: "device-link", class: "code", target: "_blank", rel: "noopener" }, link.address)),
    link.reach !== "network" && el("p", { class: "note small" }, word("link_here")),
  ];
}

function serverView(server) {
  return [
    el("dt", {}, word(`server_${server.what}`)),
    el(
      "dd",
      {},
      el("code", {}, server.host),
      `, ${word("server_port", String(server.port))}, ${word(`security_${server.security}`)}`,
      server.reach === "this_machine" && el("span", { class: "soft" }, ` (${word("only_here")})`),
    ),
  ];
}

function madeView() {
  const { made } = seen;
  return el(
    "div",
    { "data-key": "made", id: "device-made", tabindex: "-1" },
    el("p", { class: "note", role: "status" }, word("device_made", made.user)),
    el(
      "div",
      { class: "handed" },
      el(
        "div",
        {},
        el(
          "dl",
          { class: "header" },
          made.servers.map(serverView),
          el("dt", {}, word("setup_program_user")),
          el("dd", {}, el("code", { id: "device-user" }, made.user)),
          el("dt", {}, word("device_password")),
          el("dd", {}, el("code", { class: "password", id: "device-password" }, made.password)),
          made.sender && [el("dt", {}, word("device_sends_as")), el("dd", {}, el("bdi", {}, made.sender))],
        ),
        made.servers.length === 0 && el("p", { class: "note bad" }, word("device_nowhere")),
        el("p", { class: "small soft" }, word("device_once")),
        linkView(made.link),
      ),
      made.qr && qrView(made.qr),
    ),
    el("div", { class: "buttons" }, el("button", { type: "button", class: "main", "data-action": "done" }, word("device_done"))),
  );
}

function leavingView() {
  if (!seen.leaving) return null;
  const { account, name } = seen.leaving;
  return el(
    "div",
    { class: "note bad", role: "alertdialog", "aria-labelledby": "revoke-title", "data-key": "leaving" },
    el("h3", { id: "revoke-title" }, word("revoke_sure", `${account}/${name}`)),
    el("p", {}, word("revoke_text")),
    el(
      "div",
      { class: "buttons" },
      el("button", { type: "button", class: "danger", "data-action": "revoke", disabled: Boolean(seen.busy) }, word("revoke")),
      el("button", { type: "button", "data-action": "keep", id: "revoke-keep" }, word("revoke_not")),
    ),
  );
}

function leaveButton(device) {
  return el(
    "button",
    { type: "button", "data-action": "leave_device", "data-account": device.account, "data-name": device.name, "aria-label": word("revoke_one", device.user) },
    word("revoke"),
  );
}

export function render(page) {
  const { accounts } = page.status;
  return [
    el("h1", { "data-key": "title" }, word("devices")),
    el(
      "section",
      { class: "card", "data-key": "add", "aria-label": word("device_title") },
      el("h2", { "data-key": "add-title" }, word("device_title")),
      !seen.made && el("p", { class: "soft", "data-key": "why" }, word("device_why")),
      errorView(),
      seen.made ? madeView() : accounts.length === 0 ? el("p", { "data-key": "none" }, word("accounts_none")) : formView(accounts),
      seen.busy && el("p", { role: "status", "data-key": "busy" }, word(seen.busy)),
    ),
    el("div", { class: "below", "data-key": "list" }, leavingView(), devicesView(page.status, leaveButton)),
  ];
}

async function attempt(page, busy, work) {
  if (seen.busy) return;
  seen.busy = busy;
  seen.error = null;
  page.show();
  try {
    await page.act(work);
  } catch (error) {
    seen.error = error;
  }
  seen.busy = "";
  page.show();
}

export const actions = {
  async add(page, form) {
    const fields = Object.fromEntries(new FormData(form));
    const account = fields.account || page.status.accounts[0].name;
    await attempt(page, "device_adding", async () => {
      seen.made = await api.post("/api/add_device", { ...fields, account });
    });
    document.getElementById(seen.made ? "device-made" : "device-name")?.focus();
  },
  rights(page, input) {
    seen.rights = input.value;
    page.show();
  },
  done(page) {
    seen = fresh();
    page.show();
    document.getElementById("device-name")?.focus();
  },
  leave_device(page, button) {
    seen.leaving = { account: button.dataset.account, name: button.dataset.name };
    page.show();
    document.getElementById("revoke-keep")?.focus();
  },
  keep(page) {
    seen.leaving = null;
    page.show();
  },
  async revoke(page) {
    await attempt(page, "revoke_running", () => api.post("/api/revoke_device", seen.leaving));
    seen.leaving = null;
    page.show();
    document.getElementById("main").focus();
  },
};
