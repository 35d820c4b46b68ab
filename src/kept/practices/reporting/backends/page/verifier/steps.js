// The eight steps of the verification; `kept verify` takes the same, in the same order.

const STEPS = ["manifest", "checkpoint", "witnesses", "log", "statements", "completeness", "recomputation", "page"];
const PUBLICATION = `${PREDICATES}publication/v1`;
const ERASURE = `${PREDICATES}erasure/v1`;
const CLOCK_SKEW = 300;

// `source`: {report, encoded, page: {embedded, figures}, files: Map of name to bytes, or null inside the page itself}.
async function verifyReport(source, { trustDocument = null, catalogs = null } = {}) {
  const state = { ...source, catalogs, given: Boolean(trustDocument), witnessed: null };
  state.trustDocument = trustDocument ?? source.report?.declared;
  const steps = [];
  for (const [i, name] of STEPS.entries()) steps.push({ number: i + 1, name, ...(await takeStep(name, state)) });
  const failed = steps.some((step) => step.ok === false);
  const undone = steps.some((step) => step.ok === null && step.blocking);
  const { report, known, derived } = state;
  return {
    answer: failed || undone ? "failed" : state.given ? "authenticated" : "consistent, not authenticated",
    witnessed: state.witnessed ?? "unwitnessed",
    steps: steps.map(({ number, name, ok, detail }) => ({ number, name, ok, detail })),
    organisation: report?.organisation?.name ?? "",
    as_of: report?.as_of ?? "",
    log: { origin: report?.log?.origin, size: report?.log?.size, root: state.checkpoint && toHex(state.checkpoint.root) },
    statements: known?.length ?? 0,
    campaigns: derived?.campaigns.length ?? 0,
    claims: derived?.claims.length ?? 0,
    verified_at: `${new Date().toISOString().slice(0, 19)}Z`,
    derived,
  };
}

class Unmet extends Error {} // a step needs what an earlier one did not find

async function takeStep(name, state) {
  try {
    return { ok: true, detail: await STEP[name](state) };
  } catch (error) {
    if (error instanceof Unmet) return { ok: null, detail: error.message, blocking: false };
    if (error instanceof Impossible) return { ok: null, detail: `could not be checked: ${error.message}`, blocking: true };
    // A report can have any shape: what this reader trips over does not hold.
    return { ok: false, detail: error instanceof Failure ? error.message : `malformed: ${error.message}` };
  }
}

const STEP = {
  manifest: checkManifest,
  checkpoint: checkCheckpoint,
  witnesses: checkWitnesses,
  log: checkLog,
  statements: checkStatements,
  completeness: checkCompleteness,
  recomputation: checkRecomputation,
  page: checkPage,
};

async function prepare(state) {
  if (state.tenures) return;
  const { report } = state;
  need(isObject(report) && report.kept_report === 1, "report.json is not a report of version 1");
  need(report.statements.length === report.log.entries.length, "there are not as many statements as entries");
  state.trust = await readTrust(state.trustDocument);
  state.entries = report.log.entries.map((text, i) => readEntry(i, fromBase64(text, `entry ${i}`)));
  state.materials = report.statements.map((item, i) => readMaterial(item, i));
  const events = state.materials.filter(({ index }) => state.entries[index].predicate === KEY_EVENT);
  // Without its revocation, a stolen key would count again.
  for (const { envelope, index } of events) need(envelope, `the key event at index ${index} is withheld`);
  state.tenures = await replayKeys(state.trust, events.map(({ index, envelope }) => [index, envelope]));
}

function readEntry(index, raw) {
  const entry = parseJson(fromUtf8(raw, `entry ${index}`), `entry ${index}`);
  exactly(entry, ["digest", "model", "predicate", "version"], `entry ${index}`);
  need(entry.version === 1, `entry ${index} is not of version 1`);
  return { index, raw, digest: entry.digest, model: entry.model, predicate: entry.predicate };
}

function readMaterial(item, index) {
  const where = `statement ${index}`;
  need(item.index === index, `${where} stands at another place`);
  if (Object.hasOwn(item, "erased")) {
    exactly(item, ["index", "erased"], where);
    return { index, erased: item.erased, envelope: null };
  }
  exactly(item, ["index", "salt", "envelope", "disclosures", "inclusion"], where);
  const bytes = fromBase64(item.envelope, where);
  const salt = fromBase64(item.salt, where);
  need(salt.length === 32, `${where} has a salt of another length`);
  const inclusion = item.inclusion.map((text) => fromBase64(text, where));
  return { index, erased: null, salt, bytes, inclusion, disclosures: item.disclosures, envelope: parseEnvelope(bytes, where) };
}

// 1. Every file is there, listed, and has its digest; who signed the manifest may do so.
async function checkManifest(state) {
  if (!state.files) throw new Unmet("needs the folder: use verify.html or kept verify");
  await prepare(state);
  const { files, report } = state;
  const envelope = parseEnvelope(fileNamed(files, "manifest.json"), "the manifest");
  const listed = new Map(envelope.statement.subject.map(({ name, digest }) => [name, digest]));
  need(listed.size === envelope.statement.subject.length, "the manifest lists a file twice");
  for (const name of files.keys()) need(name === "manifest.json" || listed.has(name), `${name} is not in the manifest`);
  for (const [name, digest] of listed) {
    need(files.has(name), `${name} is listed but missing`);
    need(canonical(digest) === canonical({ sha256: await sha256Hex(files.get(name)) }), `${name} was changed: its digest differs`);
  }
  await checkPublication(state, envelope);
  await checkVerifier(state);
  checkCopies(files, report);
  return `${files.size} files, all listed in the signed manifest and no other`;
}

function fileNamed(files, name) {
  need(files.has(name), `the report has no ${name}`);
  return files.get(name);
}

async function checkPublication({ report, trust, tenures }, envelope) {
  await authorise(trust, tenures, envelope, PUBLICATION, report.log.size);
  const { kind, organisation, generator, issued, log } = envelope.statement.predicate;
  const speaks = [kind, organisation, generator, issued, log?.origin, log?.size];
  const found = ["report", report.organisation.name, report.generator, report.as_of, report.log.origin, report.log.size];
  need(canonical(speaks) === canonical(found), "the manifest speaks of another report");
  need(report.organisation.name === trust.organisation, "the report is of another organisation than the trust file");
}

async function checkVerifier({ files, report, trust, tenures }) {
  const envelope = parseEnvelope(fileNamed(files, "verify.html.dsse.json"), "the verifier's signature");
  await authorise(trust, tenures, envelope, PUBLICATION, report.log.size);
  const digest = await sha256Hex(fileNamed(files, "verify.html"));
  const named = canonical(envelope.statement.subject);
  const signed = named === canonical([{ name: "verify.html", digest: { sha256: digest } }]);
  need(signed && envelope.statement.predicate.kind === "verifier", "verify.html.dsse.json does not sign verify.html");
}

function checkCopies(files, report) {
  const copies = new Map([["checkpoint", report.log.checkpoint]]);
  for (const [campaign, text] of Object.entries(report.outcomes)) copies.set(`outcomes/${campaign}.jsonl`, text);
  for (const [name, text] of copies) need(sameBytes(fileNamed(files, name), utf8(text)), `${name} is not what report.json holds`);
  for (const name of files.keys()) {
    need(!name.startsWith("outcomes/") || copies.has(name), `${name} is of no campaign in report.json`);
  }
}

// 2. A trusted key of the log signed the checkpoint.
async function checkCheckpoint(state) {
  await prepare(state);
  const { report, trust, tenures } = state;
  const note = parseNote(report.log.checkpoint);
  const checkpoint = parseCheckpoint(note.text);
  need(checkpoint.origin === trust.origin && report.log.origin === trust.origin, "the checkpoint is of another log");
  need(await signedByLog(note, await logKeysAt(trust, tenures, report.log.size)), "no trusted key of the log signed the checkpoint");
  Object.assign(state, { note, checkpoint });
  return `signed by a key of the log ${checkpoint.origin}, for ${checkpoint.size} entries`;
}

// 3. How many independent witnesses cosigned it in time; a false cosignature fails.
async function checkWitnesses(state) {
  if (!state.checkpoint) throw new Unmet("the checkpoint did not hold");
  const { note, trust, report, tenures } = state;
  const asOf = timeOf(report.as_of) / 1000;
  const own = (await logKeysAt(trust, tenures, report.log.size)).map((key) => toHex(key.publicKey));
  const groups = new Set();
  const seen = new Set(own);
  for (const key of trust.witnesses.keys) {
    const id = toHex(key.publicKey);
    const times = seen.has(id) ? [] : await cosignedAt(note, key);
    if (!times.length) continue;
    const time = Math.max(...times);
    if (time < asOf - trust.witnesses.freshness || time > asOf + CLOCK_SKEW) continue;
    seen.add(id);
    groups.add(key.group);
  }
  const asked = Math.max(1, trust.witnesses.minimum);
  if (groups.size < asked) return `unwitnessed: ${groups.size} of at least ${asked} independent groups cosigned in time`;
  state.witnessed = groups.size;
  return `cosigned by ${[...groups].sort().join(", ")}`;
}

// 4. The entries lead to the checkpoint's root, and their number is its size.
async function checkLog(state) {
  if (!state.checkpoint) throw new Unmet("the checkpoint did not hold");
  const { entries, checkpoint, report } = state;
  const sizes = entries.length === report.log.size && entries.length === checkpoint.size;
  need(sizes, `the report holds ${entries.length} entries; the checkpoint is of ${checkpoint.size}`);
  state.levels = await treeLevels(await Promise.all(entries.map((entry) => leafHash(entry.raw))));
  const root = await treeRoot(state.levels);
  need(sameBytes(root, checkpoint.root), "the entries do not lead to the checkpoint's root: some were changed, dropped or reordered");
  return `${entries.length} entries lead to the root ${toHex(root).slice(0, 16)}…`;
}

// 5. Each statement is the one that its entry commits to, is in the log, and was signed by who may say so there.
async function checkStatements(state) {
  if (!state.levels) throw new Unmet("the log did not hold");
  const known = [];
  for (const material of state.materials) known.push(await readStatement(state, material));
  state.known = known;
  return `${known.filter((each) => each.fields).length} statements hold, ${known.filter((each) => !each.fields).length} erased`;
}

async function readStatement({ entries, levels, trust, tenures }, { index, salt, bytes, inclusion, disclosures, envelope }) {
  const { digest, predicate, model } = entries[index];
  if (!envelope) return { index, predicate, model, fields: null, subjects: [], actors: [], roles: [] };
  const where = `the statement at index ${index}`;
  need(digest === `sha256:${await sha256Hex(concat(salt, bytes))}`, `${where} is not the one in the log: its salted digest differs`);
  const proof = inclusionProof(levels, index);
  const proved = proof.length === inclusion.length && proof.every((hash, i) => sameBytes(hash, inclusion[i]));
  need(proved, `the inclusion proof of ${where} does not lead to the root`);
  const { actors, roles } = await authorise(trust, tenures, envelope, predicate, index);
  const fields = await revealed(envelope.statement.predicate, disclosures);
  const text = fromUtf8(envelope.payload, where);
  return { index, predicate, model, fields, subjects: envelope.statement.subject, actors, roles, raw: (...path) => rawMember(text, path) };
}

// The text of a member exactly as it was signed: numbers such as 1.0 do not survive being read.
function rawMember(text, path) {
  let at = 0;
  for (const name of path) at = findMember(text, at, name);
  return text.slice(at, endOfValue(text, at));
}

function findMember(text, at, name) {
  for (at += 1; text[at] === '"'; at += 1) {
    const end = endOfValue(text, at);
    const key = JSON.parse(text.slice(at, end));
    at = end + 1;
    if (key === name) return at;
    at = endOfValue(text, at);
  }
  throw new Failure(`a statement lacks ${name}, or is not canonical JSON`);
}

function endOfValue(text, at) {
  let depth = 0;
  do {
    if (text[at] === '"') {
      for (at += 1; text[at] !== '"'; at += 1) if (text[at] === "\\") at += 1;
    } else if (text[at] === "{" || text[at] === "[") depth += 1;
    else if (text[at] === "}" || text[at] === "]") depth -= 1;
    at += 1;
  } while (at < text.length && (depth > 0 || !",:}]".includes(text[at])));
  return at;
}

// 6. Every entry has its statement or a recorded erasure; every campaign opened is in the report.
async function checkCompleteness(state) {
  if (!state.known) throw new Unmet("the statements did not hold");
  const { report, known, materials, entries } = state;
  for (const { index, erased, envelope } of materials) {
    if (envelope) continue;
    const erasure = Number.isInteger(erased) && erased > index ? known[erased] : null;
    const digest = entries[index].digest.replace(/^sha256:/, "");
    const tells = erasure?.fields && erasure.predicate === ERASURE && erasure.fields.index === index;
    const names = tells && canonical(erasure.subjects.map((one) => one.digest)) === canonical([{ sha256: digest }]);
    need(names, `the statement at index ${index} is missing, and no recorded erasure tells why`);
  }
  const listed = report.derived.campaigns.map((campaign) => campaign.plan);
  const opened = known.filter((each) => each.predicate === PLAN).map((each) => each.index);
  const left = opened.filter((index) => !listed.includes(index));
  need(!left.length, `a campaign is left out: the one opened at index ${left[0]}`);
  need(canonical(listed) === canonical(opened), "the report lists other campaigns than the log opened");
  checkOutcomeFiles(await gatherCampaigns(known), report.outcomes);
  return "every entry has its statement or a recorded erasure; every campaign opened is in the report";
}

// 7. Outcomes, estimates, findings, coverage, statuses and claims follow from the records by the published rules.
async function checkRecomputation(state) {
  if (!state.known) throw new Unmet("the statements did not hold");
  const { report, catalogs } = state;
  const { digest, ...plain } = report.catalog;
  need(digest === `sha256:${await sha256Hex(utf8(canonical(plain)))}`, "the catalog is not the one that its digest names");
  const versions = catalogs ?? { [plain.version]: digest };
  need(versions[plain.version] === digest, `the report judges by other rules than version ${plain.version} publishes`);
  state.derived = await derive(report, state.known);
  const found = difference(state.derived, report.derived);
  need(!found, `the report states what does not follow from its records, at derived${found}`);
  return "every estimate, finding, status and claim follows from the records by the published rules";
}

// 8. The page embeds the report, and shows its figures and no others.
async function checkPage(state) {
  const { page, report } = state;
  need(isObject(report), "there is no report");
  need(page.embedded === null || !difference(page.embedded, report), "the report embedded in index.html is not report.json");
  const figures = report.derived.figures;
  const seen = new Set();
  for (const [key, text] of page.figures) {
    need(Object.hasOwn(figures, key), `index.html shows a figure ${key} that the report doesn't hold`);
    need(text === figures[key], `index.html shows ${text} for ${key}, which is ${figures[key]}`);
    seen.add(key);
  }
  for (const key of Object.keys(figures)) need(seen.has(key), `index.html leaves out the figure ${key}`);
  return `index.html shows ${page.figures.length} figures of the report and no others`;
}
