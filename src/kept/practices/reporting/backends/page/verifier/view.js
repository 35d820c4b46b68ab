// What the reader sees and presses.

const element = (id) => document.getElementById(id);

function make(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const HEADLINES = {
  authenticated: "Authenticated: signed by keys that you trust, complete, and every figure recomputed.",
  "consistent, not authenticated": "Consistent, not authenticated: every figure follows from the signed records, but no trust file says whose they are.",
  "not checked": "Not checked: the records hold, but another release made this page. Open the verify.html that came with it.",
  failed: "Failed: do not rely on this report.",
};

function showVerdict(box, verdict) {
  box.dataset.answer = verdict.answer;
  const list = make("ol", "");
  for (const { name, ok, detail } of verdict.steps) {
    // Unwitnessed is a state, neither a success nor a failure.
    const shown = name === "witnesses" && ok && verdict.witnessed === "unwitnessed" ? null : ok;
    const item = make("li", "", { "data-ok": String(shown) });
    item.append(make("span", name), make("span", detail));
    list.append(item);
  }
  const partial = verdict.steps[0].ok === null ? " The other files of the report were not looked at." : "";
  const seen = verdict.witnessed === "unwitnessed" ? "Unwitnessed." : `Witnesses: ${verdict.witnessed}.`;
  box.replaceChildren(make("strong", HEADLINES[verdict.answer]), make("span", `${seen}${partial} Verified ${verdict.verified_at}.`), list);
}

async function readJsonFile(input) {
  const [file] = input.files;
  if (!file) return null;
  need(file.size <= 1048576, "the trust file is larger than 1 MiB");
  return parseJson(await file.text(), "the trust file");
}

// Runs a verification, whatever goes wrong, and shows what it found.
async function answer(button, box, verification) {
  button.disabled = true;
  box.replaceChildren(make("span", "Checking…"));
  try {
    const verdict = await verification();
    showVerdict(box, verdict);
    window.keptVerdict = verdict;
    return verdict;
  } catch (error) {
    box.dataset.answer = "failed";
    box.replaceChildren(make("strong", "This could not be checked."), make("span", error.message));
    window.keptVerdict = { answer: "failed", error: error.message };
    return null;
  } finally {
    button.disabled = false;
  }
}

function startReport() {
  const source = { packed: element("kept-report").textContent, page: outline(document) };
  const verification = async () => verifyReport(source, { trustDocument: await readJsonFile(element("trust")) });
  element("verify").addEventListener("click", () => answer(element("verify"), element("verdict"), verification));
  for (const button of document.querySelectorAll("[data-check]")) {
    button.addEventListener("click", () => checkClaim(button, verification));
  }
}

// One claim: the whole is verified, since a figure holds only where its log does; then this one is told.
async function checkClaim(button, verification) {
  const verdict = await answer(button, element("verdict"), verification);
  const claim = verdict?.derived?.claims.find(({ id }) => id === button.dataset.check);
  const holds = claim && verdict.answer !== "failed";
  const told = holds
    ? `✓ recomputed from ${claim.attempts} outcome records; statements ${claim.evidence.join(" and ")} signed and in the log`
    : "✗ does not hold: see the check above";
  button.replaceWith(make("output", told, { class: holds ? "held" : "wrong" }));
}

function startVerifier() {
  const release = { ...JSON.parse(element("kept-release").textContent), page: outline(document) };
  const files = new Map();
  const verify = element("verify");
  const take = async (list) => {
    files.clear();
    for (const file of list) files.set(file.webkitRelativePath.split("/").slice(1).join("/") || file.name, file);
    verify.disabled = files.size === 0;
  };
  element("folder").addEventListener("change", (event) => take(event.target.files));
  verify.addEventListener("click", () =>
    answer(verify, element("verdict"), async () => verifyFolder(await readFiles(files), release, await readJsonFile(element("trust")))),
  );
}

async function readFiles(files) {
  need(files.size <= 4096, "there are more than 4,096 files");
  const read = new Map();
  for (const [name, file] of files) {
    need(/^(?:outcomes\/)?[A-Za-z0-9._-]+$/.test(name), `${name} has no place in a report`);
    need(file.size <= 268435456, `${name} is larger than 256 MiB`);
    read.set(name, new Uint8Array(await file.arrayBuffer()));
  }
  return read;
}

const verifyFolder = (files, release, trustDocument) => verifyReport({ files }, { trustDocument, release });

// Tests reach the parts through this; it holds nothing secret.
window.kept = {
  everySaid,
  reasonsAgainst,
  template: { Markup, words, shown, known, member, list, truth, contains, number, FILTERS },
  anytime,
  authorise,
  benjaminiHochberg,
  clopperPearson,
  clustered,
  cohenKappa,
  comparisonsOf,
  corrected,
  correctedRate,
  correctedWorstCase,
  cosignedAt,
  detectableDifference,
  equivalenceOf,
  extractFact,
  fromBase64,
  gatherCalibrations,
  gatherCampaigns,
  keyIdOf,
  logKeysAt,
  needSchema,
  outline,
  pairedDifference,
  parseEnvelope,
  parseNote,
  parseOutcomes,
  parseVerifierKey,
  rate,
  readTrust,
  recomputeCampaign,
  remainingOf,
  replayKeys,
  revealed,
  signatureHolds,
  sharingOf,
  signTest,
  signedMessage,
  statusOf,
  stoppingPoint,
  studiesOf,
  timeOf,
  toBase64,
  utf8,
  verifyFolder,
  verifyReport,
  worstCase,
};

// Once all of the page is there: it is compared with what the report, or the release, gives.
addEventListener("DOMContentLoaded", document.body.dataset.page === "report" ? startReport : startVerifier);
