// Questions to the program. The token belongs to this origin alone, port included; the cookie, which
// no script sees, does not: both together are the pass.

const KEY = "postern-token";

export class SignedOut extends Error {}
export class Refused extends Error {
  constructor(answer) {
    super(answer.error || "");
    this.advice = answer.advice || "";
  }
}

const headers = () => ({ "X-Postern-Token": localStorage.getItem(KEY) || "" });

async function taken(response) {
  if (response.status === 401) throw new SignedOut();
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer);
  return answer;
}

export async function get(path) {
  return taken(await fetch(path, { headers: headers(), cache: "no-store" }));
}

export async function post(path, question) {
  return taken(
    await fetch(path, {
      method: "POST",
      headers: { ...headers(), "Content-Type": "application/json" },
      body: JSON.stringify(question),
    }),
  );
}

export async function enter(invitation) {
  const answer = await post("/api/enter", { invitation });
  localStorage.setItem(KEY, answer.token);
}

export async function leave() {
  await post("/api/leave", {}).catch(() => {});
  localStorage.removeItem(KEY);
}

// Calls `heard(name, value)` for each event until the connection ends. An EventSource cannot send
// the token.
export async function listen(path, heard) {
  const response = await fetch(path, { headers: headers(), cache: "no-store" });
  if (!response.ok) await taken(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const event = {};
      for (const line of text.slice(0, end).split("\n")) {
        const colon = line.indexOf(": ");
        if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 2);
      }
      text = text.slice(end + 2);
      if (event.event) heard(event.event, JSON.parse(event.data));
    }
  }
}
