// The report form: what is asked follows from what was answered, and all of it is sealed here before it leaves.

const form = document.getElementById("report");
const told = document.getElementById("told");
const { archive, keysOf, newCode, randomHex, seal } = await import(form.dataset.sealing);
const { refuse } = await import(form.dataset.refusing);
const age = import(form.dataset.age);
const words = form.dataset;

function field(name) {
  return form.elements.namedItem(name)?.value.trim() ?? "";
}

// Only what was chosen is shown.
function show() {
  const kind = field("kind");
  for (const part of form.querySelectorAll("[data-kind]")) part.hidden = part.dataset.kind !== kind;
}

function tell(message, tone = "") {
  told.hidden = false;
  told.dataset.tone = tone;
  told.textContent = message;
}

// "user: …" begins a turn; lines without such a beginning go on with it.
function turnsOf(written) {
  const turns = [];
  for (const line of written.split("\n")) {
    const begun = /^\s*(system|user|assistant|tool)\s*:\s?(.*)$/i.exec(line);
    if (begun) turns.push({ role: begun[1].toLowerCase(), content: begun[2] });
    else if (turns.length) turns.at(-1).content += `\n${line}`;
    else if (line.trim()) turns.push({ role: "user", content: line });
  }
  return turns.map(({ role, content }) => ({ role, content: content.trim() }));
}

// "name = value | value" on each line.
function slotsOf(written) {
  const slots = {};
  for (const line of written.split("\n").filter((each) => each.includes("="))) {
    const at = line.indexOf("=");
    const values = line.slice(at + 1).split("|").map((value) => value.trim()).filter(Boolean);
    if (values.length) slots[line.slice(0, at).trim()] = values;
  }
  return slots;
}

function said() {
  const kind = field("kind");
  const turns = kind === "conversation" ? turnsOf(field("conversation")) : [];
  return {
    title: field("title"),
    what: field("what"),
    model: field("model"),
    steps: field("steps"),
    success: field("success"),
    severity: field("severity"),
    found: field("found"),
    credit: field("credit"),
    contact: field("contact"),
    language: document.documentElement.lang,
    conversations: turns.length ? [turns] : [],
    template: kind === "template" ? { text: field("template"), slots: slotsOf(field("slots")) } : null,
  };
}

async function filesOf() {
  const chosen = Array.from(form.elements.namedItem("files").files);
  return Promise.all(
    chosen.map(async (file) => ({ name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
}

async function asked(address, options) {
  const answer = await fetch(address, { ...options, headers: { accept: "application/json" } });
  const { code, message, hint, ...document } = await answer.json().catch(() => ({}));
  // Without a code it was no answer of this server's, and what the browser says of that is in another language.
  if (!answer.ok) throw Object.assign(new Error(code ? `${message} ${hint ?? ""}` : answer.statusText), { code });
  return document;
}

// The work is done while the form is filled in, and again once it is too old.
let working = null;
function work() {
  const done = asked(words.challenge).then(
    (challenge) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(words.work);
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = () => reject(new Error(words.failed));
        worker.postMessage(challenge);
      }),
  );
  done.catch(() => {});
  working = { done, until: Date.now() + 25 * 60 * 1000 };
}

function proof() {
  if (!working || Date.now() > working.until) work();
  return working.done;
}

async function sealed(readers, code) {
  const library = await age;
  const recipients = await asked(`${words.recipients}?readers=${encodeURIComponent(readers)}`);
  const made = await archive(said(), await filesOf());
  const keys = await keysOf(code, library);
  // To its reporter too, whose copy then proves what was said.
  return { keys, bytes: await seal(library, made, [...recipients.recipients, keys.recipient]) };
}

// Kept until it is acknowledged, so that what is sent again is the same report.
let waiting = null;
async function send() {
  const readers = field("readers");
  if (!waiting) {
    const code = await newCode();
    waiting = { code, submission: randomHex(16), readers, ...(await sealed(readers, code)) };
  }
  const { keys, bytes, code } = waiting;
  tell(words.working);
  const body = new FormData();
  const values = {
    submission: waiting.submission,
    programme: words.programme,
    version: words.version,
    readers: waiting.readers,
    handle: keys.handle,
    secret: keys.secret,
    recipient: keys.recipient,
    proof: await proof(),
  };
  Object.entries(values).forEach(([name, value]) => body.append(name, value));
  body.append("report", new Blob([bytes], { type: "application/octet-stream" }), "report.age");
  tell(words.sending);
  try {
    return { code, made: await asked(words.reports, { method: "POST", body }) };
  } catch (error) {
    working = null;
    if (error.code) waiting = null;
    throw error;
  }
}

function acknowledge({ code, made }) {
  document.getElementById("receipt").hidden = false;
  document.getElementById("code").textContent = code;
  document.getElementById("number").textContent = made.report;
  document.getElementById("entry").textContent = made.recorded;
  document.getElementById("salt").textContent = made.salt;
  document.getElementById("digest").textContent = made.digest;
  form.hidden = true;
  told.hidden = true;
  document.getElementById("receipt").focus();
}

function keep(content, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

document.getElementById("save").addEventListener("click", () => {
  const lines = ["code", "number", "entry", "salt", "digest"].map((id) => `${id}: ${document.getElementById(id).textContent}`);
  keep(`${lines.join("\n")}\n`, "text/plain", `receipt-${document.getElementById("number").textContent}.txt`);
});

document.getElementById("copy").addEventListener("click", () => {
  keep(waiting.bytes, "application/octet-stream", `${document.getElementById("number").textContent}.age`);
});

form.addEventListener("change", show);
form.addEventListener("input", () => {
  waiting = null;
  if (!working) work();
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  tell(words.sealed);
  try {
    acknowledge(await send());
  } catch (error) {
    refuse(told, error, words);
  } finally {
    button.disabled = false;
  }
});

if (window.isSecureContext && crypto.subtle) {
  show();
  form.hidden = false;
} else {
  tell(words.insecure, "bad");
}
