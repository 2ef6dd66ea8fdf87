import * as api from "/api.js";
import { el, patchChildren } from "/dom.js";
import { language, moment, word } from "/words.js";
import * as devices from "/devices.js";
import * as mail from "/mail.js";
import * as overview from "/overview.js";
import * as setup from "/setup.js";

const views = { overview, mail, devices, setup };
const main = document.getElementById("main");
const nav = document.getElementById("nav");

const page = {
  status: null,
  history: null,
  signedIn: true,
  show,
  go(name) {
    location.hash = name;
  },
  // Runs what somebody asked for; a pass that is not good any more leads to the door.
  async act(work, button) {
    if (button) button.disabled = true;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof api.SignedOut)) throw error;
      door("enter_title");
      return undefined;
    } finally {
      if (button) button.disabled = false;
    }
  },
};

function current() {
  const name = location.hash.slice(1);
  return views[name] ? name : "overview";
}

function say(key) {
  const text = key ? word(key) : "";
  const place = document.getElementById("link-state");
  if (place.textContent !== text) place.textContent = text;
}

function show() {
  if (!page.signedIn) return;
  nav.hidden = false;
  patchChildren(nav, [
    ...Object.keys(views).map((name) =>
      el("a", { href: `#${name}`, "aria-current": current() === name ? "page" : null }, word(`nav_${name}`)),
    ),
  ]);
  document.title = `${word(`nav_${current()}`)} – Postern`;
  patchChildren(main, page.status ? views[current()].render(page) : [el("p", {}, word("loading"))]);
  if (!page.status) return;
  const leave = el("button", { type: "button", "data-action": "leave" }, word("leave"));
  patchChildren(document.getElementById("footer"), [
    el("span", {}, word("footer", page.status.version, moment(page.status.since))),
    leave,
  ]);
}

function door(key) {
  page.signedIn = false;
  page.status = null;
  nav.hidden = true;
  say("");
  document.title = "Postern";
  document.getElementById("footer").replaceChildren();
  patchChildren(main, [
    el(
      "section",
      { class: "card" },
      el("h1", {}, word("enter_title")),
      key === "enter_used" && el("p", { class: "note bad", role: "alert" }, word("enter_used")),
      el("p", {}, word("enter_text")),
      el("p", {}, el("code", {}, "postern web")),
    ),
  ]);
}

async function refreshHistory() {
  page.history = await api.get("/api/history");
  show();
}

async function follow() {
  let pause = 1000;
  for (;;) {
    try {
      await api.listen("/api/events", (name, value) => {
        if (name !== "status") return;
        const first = page.status === null;
        const polling = (status) =>
          JSON.stringify((status ? status.accounts : []).map((a) => a.sources.map((s) => s.last_poll)));
        const changed = first || polling(page.status) !== polling(value);
        page.status = value;
        pause = 1000;
        say("live");
        show();
        if (changed) refreshHistory().catch(() => {});
      });
    } catch (error) {
      if (error instanceof api.SignedOut) return door();
    }
    say("lost");
    await new Promise((done) => setTimeout(done, pause));
    pause = Math.min(pause * 2, 15000);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (!button) return;
  const action = button.getAttribute("data-action");
  if (action === "leave") {
    api.leave().then(() => location.reload());
    return;
  }
  const view = views[current()];
  if (view.actions[action]) view.actions[action](page, button);
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const view = views[current()];
  const action = event.target.getAttribute("data-submit");
  if (view.actions[action]) view.actions[action](page, event.target);
});

document.addEventListener("change", (event) => {
  const view = views[current()];
  const action = event.target.getAttribute("data-change");
  if (view.actions[action]) view.actions[action](page, event.target);
});

addEventListener("hashchange", () => {
  if (location.hash.startsWith("#enter=")) {
    location.reload();
    return;
  }
  show();
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
});

async function begin() {
  document.documentElement.lang = language;
  document.getElementById("skip").textContent = word("skip");
  nav.setAttribute("aria-label", "Postern");
  main.replaceChildren(el("p", {}, word("loading")));
  if (location.hash.startsWith("#enter=")) {
    const invitation = location.hash.slice("#enter=".length);
    // The link is good once, and does not stay in the address or the history.
    history.replaceState(null, "", "/");
    try {
      await api.enter(invitation);
    } catch {
      return door("enter_used");
    }
  }
  return follow();
}

begin();
