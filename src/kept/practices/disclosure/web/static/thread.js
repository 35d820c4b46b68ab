// A reporter's thread: opened by their receipt code, which never leaves this page.

const page = document.getElementById("thread");
const words = page.dataset;
const { keysOf, newCode, open, randomHex, seal } = await import(words.sealing);
const { moment } = await import(words.writing);
const { refuse } = await import(words.refusing);
const age = await import(words.age);
const enter = document.getElementById("enter");
const inside = document.getElementById("inside");
const told = document.getElementById("told");
const decoder = new TextDecoder();
const encoder = new TextEncoder();

const [steps, stands, done, severities, outcomes, clocks, calendar] = [
  "steps", "stands", "done", "severities", "outcomes", "clocks", "calendar",
].map((name) => JSON.parse(words[name]));

// An answer that refuses, by its code; of any other error the reader is told that it didn't work.
class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

let session = "";
let keys = null;
let identities = [];

function tell(message, tone = "") {
  told.hidden = !message;
  told.dataset.tone = tone;
  told.textContent = message;
}

async function asked(address, { method = "GET", body = null, type = "application/json" } = {}) {
  const headers = { accept: "application/json" };
  if (session) headers.authorization = `Bearer ${session}`;
  if (body !== null) headers["content-type"] = type;
  const answer = await fetch(address, { method, body, headers });
  const document = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok && document.code) throw new Refused(document.code, `${document.message} ${document.hint ?? ""}`);
  if (!answer.ok) throw new Error(answer.statusText);
  return document;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function element(name, words, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = words;
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

// Old identities that were sealed for this code read what was written before it.
async function learn(messages) {
  identities = [keys.identity];
  for (const message of messages.filter(({ author }) => author === "keys").reverse()) {
    const opened = await open(age, bytesOf(message.content), identities);
    if (opened) identities.push(...decoder.decode(opened).split("\n").filter((line) => line.startsWith("AGE-SECRET-KEY-1")));
  }
}

// What happened to the report, and what the team wrote with it.
function step({ at, kind, text, severity, until, outcome, amount, clock, days }) {
  const item = document.createElement("li");
  const more = [
    severity && [`(${severities[severity] ?? severity})`],
    outcome && [`(${outcomes[outcome] ?? outcome})`],
    amount && [element("bdi", amount)],
    days && [`(${clocks[clock] ?? clock}: `, element("bdi", `+${days} d`), ")"],
    until && [moment(calendar, until.slice(0, 10))],
  ].filter(Boolean);
  item.append(element("strong", steps[kind] ?? kind), " ", ...more.flatMap((each) => [...each, " "]));
  const when = document.createElement("small");
  when.append(moment(calendar, at));
  item.append(when);
  if (text) {
    const said = element("p", text, { dir: "auto" });
    said.className = "said";
    item.append(said);
  }
  return item;
}

async function show() {
  const thread = await asked(words.messages);
  await learn(thread.messages);
  document.getElementById("number").textContent = thread.report;
  document.getElementById("state").textContent = stands[thread.state] ?? thread.words;
  document.getElementById("happened").replaceChildren(...thread.happened.map(step));
  const list = document.getElementById("messages");
  list.replaceChildren();
  for (const message of thread.messages.filter(({ author }) => author !== "keys")) {
    const opened = await open(age, bytesOf(message.content), identities);
    const item = document.createElement("li");
    item.className = "card";
    item.dataset.author = message.author;
    const head = document.createElement("header");
    head.append(element("strong", message.author === "team" ? words.team : words.you), moment(calendar, message.at));
    const said = element("p", opened ? decoder.decode(opened) : words.unreadable, { dir: "auto" });
    said.className = "said";
    item.append(head, said);
    list.append(item);
  }
  const events = document.getElementById("events");
  events.replaceChildren(...thread.events.map(({ at, event }) => {
    const row = document.createElement("tr");
    const when = document.createElement("td");
    when.append(moment(calendar, at));
    row.append(when, element("td", done[event] ?? event));
    return row;
  }));
}

async function going(work) {
  tell("");
  try {
    await work();
  } catch (error) {
    refuse(told, error instanceof Refused ? error : {}, words);
  }
}

enter.addEventListener("submit", (event) => {
  event.preventDefault();
  going(async () => {
    session = "";
    keys = await keysOf(enter.elements.namedItem("code").value, age);
    if (!keys) throw new Refused("receipt.mistyped", "");
    const body = JSON.stringify({ handle: keys.handle, secret: keys.secret });
    session = (await asked(words.enter, { method: "POST", body })).token;
    await show();
    enter.hidden = true;
    inside.hidden = false;
  });
});

document.getElementById("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const written = event.target.elements.namedItem("message");
  going(async () => {
    const recipients = (await asked(words.recipients)).recipients;
    const sealed = await seal(age, encoder.encode(written.value), [...recipients, keys.recipient]);
    await asked(`${words.messages}?submission=${randomHex(16)}`, { method: "POST", body: sealed, type: "application/octet-stream" });
    written.value = "";
    await show();
  });
});

document.getElementById("replace").addEventListener("click", () =>
  going(async () => {
    const code = await newCode();
    const fresh = await keysOf(code, age);
    const old = await seal(age, encoder.encode(`${identities.join("\n")}\n`), [fresh.recipient]);
    const body = JSON.stringify({
      handle: fresh.handle,
      secret: fresh.secret,
      recipient: fresh.recipient,
      sealed_keys: btoa(Array.from(old, (byte) => String.fromCharCode(byte)).join("")),
    });
    // Shown before it holds: where the answer is lost on its way, the old code may open nothing any more.
    const renewed = document.getElementById("renewed");
    document.getElementById("code").textContent = code;
    renewed.hidden = false;
    try {
      session = (await asked(words.replace, { method: "POST", body })).token;
    } catch (error) {
      renewed.hidden = error instanceof Refused;
      throw error;
    }
    keys = fresh;
    await show();
  }),
);

document.getElementById("close").addEventListener("click", () => {
  if (!window.confirm(words.sure)) return;
  going(async () => {
    await asked(words.close, { method: "POST", body: "{}" });
    session = "";
    inside.hidden = true;
    tell(words.closed, "good");
  });
});

if (window.isSecureContext && crypto.subtle) enter.hidden = false;
else tell(words.insecure, "bad");
