// A triager reads a report: it comes sealed, and is opened here with a key that never leaves this page.

const form = document.getElementById("open");
const place = document.getElementById("report");
const told = document.getElementById("told");
const { csrf } = form?.dataset ?? {};
const decoder = new TextDecoder();
const links = [];

if (form) {
  const [words, said] = [form.dataset.told, form.dataset.said].map((text) => JSON.parse(text));
  const { identitiesOf, Refused, reportOf, unsealed } = await import(form.dataset.bundles);
  const age = import(form.dataset.age);
  const { moment } = await import(form.dataset.writing);
  const when = moment.bind(null, JSON.parse(form.dataset.calendar));
  const field = (id) => document.getElementById(id);

  const tell = (message, tone = "") => {
    told.hidden = !message;
    told.dataset.tone = tone;
    told.textContent = message;
  };

  const asked = async (address) => {
    const answer = await fetch(address, { method: "POST", headers: { accept: "application/json" }, body: new URLSearchParams({ csrf }) });
    if (answer.ok) return answer;
    const document = await answer.json().catch(() => ({}));
    throw new Error(`${words.failed} ${document.message ?? answer.status} ${document.hint ?? ""}`);
  };

  // What was typed is taken out of the page at once.
  const keys = async () => {
    const [chosen, pasted, passphrase] = [field("identity").files[0], field("pasted").value.trim(), field("passphrase").value];
    form.reset();
    if (!chosen && !pasted) throw new Refused("none");
    const bytes = chosen ? new Uint8Array(await chosen.slice(0, 65536).arrayBuffer()) : new TextEncoder().encode(pasted);
    return identitiesOf(await age, bytes, passphrase);
  };

  const going = async () => {
    const identities = await keys();
    try {
      tell(words.fetching);
      const sealed = new Uint8Array(await (await asked(form.dataset.fetch)).arrayBuffer());
      tell(words.opening);
      const report = await reportOf(await unsealed(await age, sealed, identities));
      const messages = [];
      for (const { author, at, content } of (await (await asked(form.dataset.messages)).json()).messages) {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        const opened = await unsealed(await age, bytes, identities).catch(() => null);
        messages.push({ author, at, said: opened ? decoder.decode(opened) : said.unreadable });
      }
      show(report, messages, said, when);
      tell("");
    } finally {
      identities.length = 0;
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    tell(words.opening);
    try {
      // A passphrase takes seconds of work, in which nothing else is painted.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      await going();
      form.hidden = true;
      field("report-title").focus();
    } catch (error) {
      tell(error instanceof Refused ? words[error.message] : error.message || words.failed, "bad");
      told.focus();
    } finally {
      button.disabled = false;
    }
  });

  field("leave").addEventListener("click", () => {
    forget();
    form.hidden = false;
    tell(words.left, "good");
    told.focus();
  });
  // Also where the browser keeps the page to come back to it.
  window.addEventListener("pagehide", forget);

  form.reset();
  if (window.isSecureContext && crypto.subtle) form.hidden = false;
  else tell(words.insecure, "bad");
}

function forget() {
  form.reset();
  place.hidden = true;
  document.getElementById("report-title").textContent = "";
  document.getElementById("said").replaceChildren();
  links.splice(0).forEach((link) => URL.revokeObjectURL(link));
}

function element(name, words, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = words;
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

function wrote(words) {
  return element("pre", words, { class: "wraps", dir: "auto", tabindex: "0" });
}

function show(report, messages, words, when) {
  const parts = [];
  const add = (heading, ...made) => parts.push(element("h3", heading), ...made);
  const facts = document.createElement("dl");
  facts.className = "facts";
  for (const name of ["model", "severity", "harms", "found", "credit", "contact", "language", "source"]) {
    const value = Array.isArray(report[name]) ? report[name].join(", ") : report[name];
    if (!value) continue;
    const fact = document.createElement("div");
    const told = document.createElement("dd");
    told.append(element("bdi", value));
    fact.append(element("dt", words[name]), told);
    facts.append(fact);
  }
  if (facts.children.length) parts.push(facts);
  for (const name of ["what", "steps", "success"]) if (report[name]) add(words[name], wrote(report[name]));
  for (const turns of report.conversations) add(words.conversation, conversation(turns));
  if (report.template) add(words.template, wrote(report.template));
  if (report.slots.length) add(words.slots, wrote(report.slots.join("\n")));
  if (report.files.length) add(words.files, element("p", words.careful), files(report.files, words));
  if (messages.length) add(words.messages, spoken(messages, words, when));
  document.getElementById("report-title").textContent = report.title || words.what;
  document.getElementById("said").replaceChildren(...parts);
  place.hidden = false;
}

function conversation(turns) {
  const made = document.createElement("ol");
  made.className = "plain";
  for (const { role, content } of turns) {
    const turn = document.createElement("li");
    turn.append(element("strong", role), wrote(content));
    made.append(turn);
  }
  return made;
}

function spoken(messages, words, when) {
  const made = document.createElement("ul");
  made.className = "plain";
  for (const { author, at, said } of messages) {
    const message = document.createElement("li");
    const head = element("p", "");
    head.append(element("strong", author === "team" ? words.team : words.reporter), " ", when(at));
    message.append(head, wrote(said));
    made.append(message);
  }
  return made;
}

// Whatever a stranger calls a file's kind, the browser is given bytes to save.
function files(found, words) {
  const [made, head, body, scroll] = ["table", "thead", "tbody", "div"].map((name) => document.createElement(name));
  const titles = document.createElement("tr");
  titles.append(...[words.name, words.kind, words.size].map((word) => element("th", word, { scope: "col" })), document.createElement("td"));
  head.append(titles);
  for (const { name, kind, content } of found) {
    const row = document.createElement("tr");
    const address = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
    links.push(address);
    const cell = document.createElement("td");
    cell.append(element("a", words.download, { href: address, download: name, "aria-label": `${words.download}: ${name}` }));
    row.append(element("th", name, { scope: "row", dir: "auto" }), element("td", kind, { dir: "auto" }), element("td", content.length.toLocaleString("en"), { class: "end" }), cell);
    body.append(row);
  }
  made.append(head, body);
  Object.entries({ class: "scroll", tabindex: "0", role: "group", "aria-label": words.files }).forEach(([key, value]) => scroll.setAttribute(key, value));
  scroll.append(made);
  return scroll;
}
