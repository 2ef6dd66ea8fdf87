import * as api from "/api.js";
import { days, polls } from "/charts.js";
import { el } from "/dom.js";
import { messages, number, octets, time, word } from "/words.js";

// What was asked for and is shown until it is closed: account -> what to show.
const asked = new Map();

const colour = { idle: "good", polling: "busy", waiting: "busy", mailbox_locked: "warn", throttled: "warn" };

function stateText(source) {
  const { state, progress } = source;
  if (state === "polling" && progress.messages_total > 0) {
    return word("state_fetching", number(progress.messages_done), number(progress.messages_total));
  }
  if (state === "throttled" && source.next_poll) return word("state_throttled_until", time(source.next_poll));
  const text = word(`state_${state}`, source.account);
  const waits = state === "mailbox_locked" || state === "unreachable" || state === "server_error";
  return waits && source.next_poll ? `${text}; ${word("again_at", time(source.next_poll))}` : text;
}

function nextText(source) {
  if (source.state === "polling") return null;
  if (source.postponed_until) return word("postponed", time(source.postponed_until));
  return source.next_poll ? word("next_poll", time(source.next_poll)) : word("next_asked");
}

function sourceName(key) {
  return key.replace(/^[a-z0-9]+:\/\//, "").replace(/:\d+$/, "");
}

function sourceView(source) {
  const working = source.state === "polling" && source.progress.messages_total > 0;
  return el(
    "div",
    { class: "source", "data-key": source.source },
    el("h3", {}, sourceName(source.source)),
    el("p", { class: `state ${colour[source.state] || "bad"}` }, el("span", {}, stateText(source))),
    working &&
      el("progress", {
        max: source.progress.messages_total, value: source.progress.messages_done,
        "aria-label": stateText(source),
      }),
    source.detail &&
      !["idle", "polling"].includes(source.state) &&
      el("p", { class: "detail small soft", lang: "en" }, source.detail),
    el(
      "div",
      { class: "facts" },
      el("span", {}, word("last_success", time(source.last_success))),
      nextText(source) && el("span", {}, nextText(source)),
      el("span", {}, word("on_server", number(source.listed))),
      source.fetched > 0 && el("span", {}, word("fetched", number(source.fetched))),
    ),
  );
}

function outgoingView(account) {
  const waiting = account.outbox || [];
  return [
    (account.outgoing || []).map((server) =>
      el(
        "div",
        { class: "source", "data-key": server.server },
        el("h3", {}, word("sending", sourceName(server.server))),
        server.problem && el("p", { class: "state bad" }, el("span", { lang: "en" }, server.problem)),
        el("div", { class: "facts" }, el("span", {}, word("sent_count", number(server.sent)))),
      ),
    ),
    waiting.length > 0 &&
      el(
        "div",
        { class: "source", "data-key": "outbox" },
        el("h3", {}, word("outbox", number(waiting.length))),
        waiting
          .slice(0, 5)
          .map((one) =>
            el("p", { class: "detail small" }, word("outbox_one", one.to.join(", "), time(one.next_attempt)), one.problem ? ` – ${one.problem}` : ""),
          ),
      ),
  ];
}

function previewView(preview) {
  const counts = {};
  for (const item of preview.items) counts[item.action] = (counts[item.action] || 0) + 1;
  const shown = preview.items.slice(0, 8);
  return el(
    "div",
    { class: "small", "data-key": `preview ${preview.source}` },
    el("p", {}, ["fetch", "placeholder", "delete_there", "trash_here"].filter((one) => counts[one] || one === "fetch" || one === "delete_there").map((one) => word(`preview_${one}`, number(counts[one]))).join(" · ")),
    preview.note && el("p", { lang: "en" }, preview.note),
    el("ul", {}, shown.map((item) => el("li", { lang: "en" }, `${item.number ? `#${item.number}, ` : ""}${octets(item.octets)}: ${item.why}`))),
    preview.items.length > shown.length && el("p", {}, word("preview_more", number(preview.items.length - shown.length))),
  );
}

function answerView(account) {
  const shown = asked.get(account.name);
  if (!shown) return null;
  const close = el("button", { type: "button", "data-action": "close", "data-account": account.name }, word("close"));
  return el(
    "div",
    { class: shown.bad ? "note bad" : "note", role: "status", "data-key": "answer" },
    shown.title && el("h3", {}, shown.title),
    shown.text && el("p", {}, shown.text),
    shown.previews && shown.previews.map(previewView),
    shown.previews && el("p", { class: "small soft" }, word("preview_nothing")),
    el("div", { class: "buttons" }, close),
  );
}

function accountView(account) {
  const index = account.search_index || {};
  const polled = account.sources.length > 0;
  const busy = asked.get(account.name)?.busy;
  return el(
    "section",
    { class: "card wide", "data-key": `account ${account.name}`, "aria-label": account.name },
    el(
      "div",
      { class: "head" },
      el("h2", {}, account.name),
      account.messages !== undefined &&
        el("p", { class: "soft small" }, [messages(account.messages), word("in_mailboxes", number(account.mailboxes)), word("on_disk", octets(account.disk_octets))].join(", ")),
      index.indexed < index.total && el("p", { class: "soft small" }, word("index_behind", number(index.indexed), number(index.total))),
    ),
    account.problem && el("div", { class: "note bad" }, el("p", {}, word("account_problem")), el("p", { lang: "en" }, account.problem)),
    account.sources.map(sourceView),
    outgoingView(account),
    polled &&
      el(
        "div",
        { class: "buttons" },
        el("button", { type: "button", class: "main", "data-action": "poll", "data-account": account.name, disabled: busy }, word("poll_now")),
        el("button", { type: "button", "data-action": "preview", "data-account": account.name, disabled: busy }, word("preview")),
      ),
    answerView(account),
  );
}

function problemsView(history) {
  const problems = (history && history.problems) || [];
  return el(
    "section",
    { class: "card", "data-key": "problems" },
    el("h2", {}, word("problems")),
    problems.length === 0
      ? el("p", { class: "soft" }, word("problems_none"))
      : el(
          "ul",
          { class: "plain" },
          problems.slice(0, 8).map((one) =>
            el(
              "li",
              { "data-key": `${one.account} ${one.source} ${one.first}` },
              el("p", { class: `state ${one.over ? "good" : colour[one.state] || "bad"}` }, el("span", {}, word(`state_${one.state}`, one.account))),
              el("p", { class: "small soft" }, [`${one.account}, ${sourceName(one.source)}`, time(one.last), one.times > 1 ? word("problem_times", number(one.times)) : "", one.over ? word("problem_over") : ""].filter(Boolean).join(" · ")),
              !one.over && el("p", { class: "small", lang: "en" }, one.detail),
            ),
          ),
        ),
  );
}

function tableView(name, columns, rows) {
  return el(
    "section",
    { class: "card wide", "data-key": name },
    el("h2", {}, word(name)),
    rows.length === 0
      ? el("p", { class: "soft" }, word(`${name}_none`))
      : el(
          "div",
          { class: "scroll" },
          el(
            "table",
            {},
            el("thead", {}, el("tr", {}, columns.map((one) => el("th", { scope: "col" }, el("span", { class: one === "col_revoke" ? "unseen" : null }, word(one)))))),
            el("tbody", {}, rows),
          ),
        ),
  );
}

function connectionsView(status) {
  const list = status.connections.filter((one) => one.protocol !== "web");
  const rows = list.slice(0, 50).map((one) =>
    el(
      "tr",
      { "data-key": one.peer },
      el("td", {}, one.account || word("not_logged_in"), one.device ? `/${one.device}` : "", one.mailbox ? ` · ${one.mailbox}` : ""),
      el("td", {}, one.program || "–"),
      el("td", {}, one.protocol.toUpperCase(), one.secure ? ", TLS" : `, ${word("no_tls")}`),
      el("td", {}, one.peer),
      el("td", {}, time(one.since)),
    ),
  );
  return tableView("connections", ["col_account", "col_program", "col_protocol", "col_from", "col_since"], rows);
}

// `more` makes what stands at the end of each row.
export function devicesView(status, more) {
  const all = status.accounts.flatMap((account) =>
    (account.devices || []).map((one) => ({ account: account.name, user: `${account.name}/${one.name}`, ...one })),
  );
  const rows = all.map((one) =>
    el(
      "tr",
      { "data-key": one.user },
      el("td", {}, one.user),
      el("td", {}, word(`rights_${one.rights}`), one.sender ? ` · ${one.sender}` : ""),
      el("td", {}, time(one.last_use?.time)),
      el("td", {}, one.last_use?.address || "–"),
      el("td", {}, one.last_use?.program || "–"),
      more && el("td", {}, more(one)),
    ),
  );
  return tableView("devices", ["col_device", "col_rights", "col_last", "col_from", "col_program", ...(more ? ["col_revoke"] : [])], rows);
}

function chartViews(status, history) {
  if (!history) return null;
  const of = (name) => history.days.find((one) => one.account === name);
  const counts = new Array(30).fill(0);
  for (const account of status.accounts) {
    (of(account.name)?.messages || []).forEach((count, place) => (counts[place] += count));
  }
  const list = history.polls.flatMap((one) => one.polls).sort((a, b) => (a.time < b.time ? -1 : 1)).slice(-60);
  return [
    el("section", { class: "card", "data-key": "days" }, el("h2", {}, word("chart_days")), days(counts)),
    el("section", { class: "card", "data-key": "polls" }, el("h2", {}, word("chart_polls")), polls(list)),
  ];
}

function diskView(status) {
  const used = status.accounts.reduce((sum, one) => sum + (one.disk_octets || 0), 0);
  const free = status.disk?.free;
  if (free === undefined) return null;
  const text = word("disk_used", octets(used), octets(free));
  return el(
    "section",
    { class: "card low", "data-key": "disk" },
    el("h2", {}, word("disk")),
    el("p", {}, text),
    el("progress", { max: used + free, value: used, "aria-label": text }),
  );
}

export function render(page) {
  const { status, history } = page;
  return [
    el("h1", { "data-key": "title" }, word("nav_overview")),
    status.config.problem &&
      el("div", { class: "note bad", "data-key": "config", role: "alert" }, el("p", {}, word("config_problem")), el("p", { lang: "en" }, status.config.problem)),
    el(
      "div",
      { class: "grid", "data-key": "grid" },
      status.accounts.length === 0 && el("p", { class: "wide" }, word("accounts_none")),
      status.accounts.map(accountView),
      chartViews(status, history),
      problemsView(history),
      diskView(status),
      devicesView(status),
      connectionsView(status),
    ),
  ].filter(Boolean);
}

async function ask(page, button, begun, work) {
  const account = button.getAttribute("data-account");
  asked.set(account, { ...begun, busy: true });
  page.show();
  try {
    const outcome = await page.act(() => work(account));
    if (outcome) asked.set(account, outcome);
  } catch (error) {
    asked.set(account, { bad: true, title: word("error"), text: [error.message, error.advice].filter(Boolean).join("; ") });
  }
  page.show();
}

export const actions = {
  poll(page, button) {
    return ask(page, button, { text: word("poll_asked") }, async (account) => {
      await api.post("/api/poll", { account });
      setTimeout(() => {
        if (asked.get(account)?.passing) asked.delete(account);
        page.show();
      }, 4000);
      return { text: word("poll_asked"), passing: true };
    });
  },
  preview(page, button) {
    return ask(page, button, { text: word("preview_running") }, async (account) => {
      const { previews } = await api.post("/api/preview", { account });
      if (previews.length === 0) return { title: word("preview_title"), text: word("preview_none") };
      return { title: word("preview_title"), previews };
    });
  },
  close(page, button) {
    asked.delete(button.getAttribute("data-account"));
    page.show();
  },
};
