// The eight steps of the verification; `kept verify` takes the same, in the same order.

const STEPS = ["manifest", "checkpoint", "witnesses", "log", "statements", "completeness", "recomputation", "page"];
const ERASURE = "https://kept.example/predicates/erasure/v1";
const CLOCK_SKEW = 300;

// `source`: the `files` of a folder by name; or, inside the page itself, what it embeds as `packed`, and the `page` as loaded.
// `release`: what this verifier's release makes: its `generator`, `catalogs`, `files` by digest, and its own `page`.
async function verifyReport(source, { trustDocument = null, release = null } = {}) {
  const state = { files: null, ...source, release, given: null, witnessed: null };
  if (trustDocument !== null) state.given = await readGivenTrust(trustDocument);
  const steps = [];
  for (const [i, name] of STEPS.entries()) steps.push({ number: i + 1, name, ...(await takeStep(name, state)) });
  const failed = steps.some((step) => step.ok === false || step.blocking);
  return {
    answer: failed ? "failed" : state.foreign ? "not checked" : state.given ? "authenticated" : "consistent, not authenticated",
    witnessed: state.witnessed ?? "unwitnessed",
    steps: steps.map(({ number, name, ok, detail }) => ({ number, name, ok, detail })),
    ...summary(state),
    verified_at: `${new Date().toISOString().slice(0, 19)}Z`,
    derived: state.derived,
  };
}

function summary({ found, checkpoint }) {
  if (!found) return { organisation: "", as_of: "", log: {}, statements: 0, campaigns: 0, claims: 0 };
  const { report, materials } = found;
  const { origin, size } = report.log;
  const { campaigns, claims } = report.derived;
  return {
    organisation: report.organisation.name,
    as_of: report.as_of,
    log: checkpoint ? { origin, size, root: toHex(checkpoint.root) } : { origin, size },
    statements: materials.length,
    campaigns: Array.isArray(campaigns) ? campaigns.length : 0,
    claims: Array.isArray(claims) ? claims.length : 0,
  };
}

// The reader's own trust file: a malformed one is the reader's to mend, and says nothing of the report.
async function readGivenTrust(document) {
  try {
    return await readTrust(document);
  } catch (error) {
    if (error instanceof Impossible) throw error;
    throw new Failure(`Your trust file can't be read: ${error.message}.`);
  }
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

// What was read of the report, once; who is trusted, and the keys that counted at each index.
// A step that comes later is told the same, also when it failed.
const prepare = (state) => (state.prepared ??= readAll(state));

async function readAll(state) {
  const { files, given } = state;
  const text = files ? reportFile(files) : fromUtf8(await unpacked(state.packed), "the embedded report");
  state.found = readReport(text, { canonical: true });
  const { report, leaves, materials } = state.found;
  state.trust = given ?? (await readTrust(report.declared));
  state.entries = leaves.map(readEntry);
  const events = [];
  for (const { index, bytes } of materials) {
    if (state.entries[index].predicate !== KEY_EVENT) continue;
    // Without its revocation, a stolen key would count again.
    need(bytes, `the key event at index ${index} is withheld`);
    events.push([index, parseEnvelope(bytes, `the key event at index ${index}`)]);
  }
  state.tenures = await replayKeys(state.trust, events);
  return state;
}

const reportFile = (files) => fromUtf8(fileNamed(files, "report.json"), "report.json");

// For the steps behind the first, which tells what is wrong with a report that can't be read.
async function readable(state) {
  try {
    return await prepare(state);
  } catch (error) {
    if (error instanceof Impossible) throw error;
    throw new Unmet(`report.json can't be read: ${error.message}`);
  }
}

// 2. A trusted key of the log signed the checkpoint.
async function checkCheckpoint(state) {
  const { found, trust, tenures } = await readable(state);
  const { origin, size, checkpoint: text } = found.report.log;
  const note = parseNote(text);
  const checkpoint = parseCheckpoint(note.text);
  need(checkpoint.origin === trust.origin && origin === trust.origin, "the checkpoint is of another log");
  need(await signedByLog(note, await logKeysAt(trust, tenures, size)), "no trusted key of the log signed the checkpoint");
  state.checkpoint = checkpoint;
  return `signed by a key of the log ${checkpoint.origin}, for ${checkpoint.size} entries`;
}

// 3. How many independent witnesses cosigned it in time; a false cosignature fails.
async function checkWitnesses(state) {
  const { found, trust, tenures, given } = await readable(state);
  const note = parseNote(found.report.log.checkpoint);
  const own = (await logKeysAt(trust, tenures, found.report.log.size)).map((key) => toHex(key.publicKey));
  const groups = await cosigningGroups(note, trust.witnesses, { own, asOf: timeOf(found.report.as_of) / 1000 });
  const asked = Math.max(1, trust.witnesses.minimum);
  if (groups.length < asked) return `unwitnessed: ${groups.length} of at least ${asked} independent groups cosigned in time`;
  if (!given) return `unwitnessed: ${groups.join(", ")} cosigned, but only the report says who they are`;
  state.witnessed = groups.length;
  return `cosigned by ${groups.join(", ")}`;
}

async function cosigningGroups(note, { keys, freshness }, { own, asOf }) {
  const groups = new Set();
  const seen = new Set(own);
  for (const key of keys) {
    const id = toHex(key.publicKey);
    const times = seen.has(id) ? [] : await cosignedAt(note, key);
    const time = Math.max(...times);
    if (!times.length || time < asOf - freshness || time > asOf + CLOCK_SKEW) continue;
    seen.add(id);
    groups.add(key.group);
  }
  return [...groups].sort(byCodePoint);
}

// 4. The entries lead to the checkpoint's root, and their number is its size.
async function checkLog(state) {
  const { found, entries } = await readable(state);
  const { size, root: stated } = pointOf(state);
  const sizes = entries.length === found.report.log.size && entries.length === size;
  need(sizes, `the report holds ${entries.length} entries; the checkpoint is of ${size}`);
  const root = await treeRoot(await Promise.all(entries.map((entry) => leafHash(entry.raw))));
  need(sameBytes(root, stated), "the entries do not lead to the checkpoint's root: some were changed, dropped or reordered");
  return `${entries.length} entries lead to the root ${toHex(root).slice(0, 16)}…`;
}

function pointOf({ checkpoint }) {
  if (!checkpoint) throw new Unmet("the checkpoint did not hold");
  return checkpoint;
}

// 5. Each statement is the one that its entry commits to, is in the log, and was signed by who may say so there.
async function checkStatements(state) {
  await readable(state);
  pointOf(state);
  const known = [];
  for (const material of state.found.materials) known.push(await readStatement(state, material));
  state.known = known;
  const unread = known.filter((each) => !each.fields).length;
  const empty = known.filter((each) => each.void).length;
  return `${known.length - unread} statements hold, ${unread - empty} erased, ${empty} void`;
}

async function readStatement({ entries, checkpoint, trust, tenures }, { index, salt, bytes, inclusion, disclosures }) {
  const { digest, predicate, model, raw: entry } = entries[index];
  const unread = { index, predicate, model, fields: null, subjects: [], actors: [], roles: [], void: Boolean(bytes), digests: [], hidden: [], entry: digest, unproven: null };
  if (!bytes) return unread;
  const where = `the statement at index ${index}`;
  need(digest === `sha256:${await sha256Hex(concat(salt, bytes))}`, `${where} is not the one in the log: its salted digest differs`);
  const envelope = parseEnvelope(bytes, where);
  const { size, root } = checkpoint;
  await checkInclusion(await leafHash(entry), { index, size, proof: inclusion, root }, where);
  let authorised;
  try {
    authorised = await authorise(trust, tenures, envelope, predicate, index);
  } catch (error) {
    // It can't be taken out of the log, so it must not spoil the rest: nothing that it says is read.
    // Whoever disputes without a key that is known is heard; what anybody else says so isn't even read.
    if (error instanceof Void) return predicate === DISPUTE ? { ...unread, unproven: envelope.statement().predicate } : unread;
    throw error;
  }
  const { actors, roles } = authorised;
  const statement = envelope.statement();
  const fields = await revealed(statement.predicate, disclosures);
  const digests = [...(statement.predicate._sd ?? [])].sort(byCodePoint);
  const shown = await Promise.all(disclosures.map(disclosureDigest));
  const hidden = digests.filter((one) => !shown.includes(one));
  const text = fromUtf8(envelope.payload, where);
  const raw = (...path) => rawMember(text, path);
  return { index, predicate, model, fields, subjects: statement.subject, actors, roles, void: false, digests, hidden, entry: digest, unproven: null, raw };
}

// 6. Every entry has its statement or a recorded erasure; every campaign opened is in the report.
async function checkCompleteness(state) {
  const known = await knownOf(state);
  const { entries, found } = state;
  const { report, materials } = found;
  for (const { index, erased, bytes } of materials) {
    if (bytes) continue;
    need(![KEY_EVENT, ERASURE, DISPUTE].includes(entries[index].predicate), `the statement at index ${index} can't have been erased`);
    const erasure = erased > index ? known[erased] : null;
    const digest = entries[index].digest.replace(/^sha256:/, "");
    const tells = erasure?.fields && erasure.predicate === ERASURE && erasure.fields.index === index;
    const names = tells && canonical(erasure.subjects.map((one) => one.digest)) === canonical([{ sha256: digest }]);
    need(names, `the statement at index ${index} is missing, and no recorded erasure tells why`);
  }
  const campaigns = await gatherCampaigns(known);
  const shown = Array.isArray(report.derived.campaigns) ? report.derived.campaigns : [];
  const listed = shown.map((campaign) => campaign?.plan);
  const opened = known.filter((each) => each.predicate === PLAN).map((each) => each.index);
  const left = opened.filter((index) => !listed.includes(index));
  need(!left.length, `a campaign is left out: the one opened at index ${left[0]}`);
  need(canonical(listed) === canonical(opened), "the report lists other campaigns than the log opened");
  checkOutcomeFiles(campaigns, report.outcomes);
  return "every entry has its statement or a recorded erasure; every campaign opened is in the report";
}

async function knownOf(state) {
  await readable(state);
  if (!state.known) throw new Unmet("the statements did not hold");
  return state.known;
}

// 7. Outcomes, estimates, findings, coverage, statuses and claims follow from the records by the published rules.
async function checkRecomputation(state) {
  const known = await knownOf(state);
  const { release, found: { report } } = state;
  const { digest, ...plain } = report.catalog;
  need(digest === `sha256:${await sha256Hex(utf8(canonical(plain)))}`, "the catalog is not the one that its digest names");
  const versions = release?.catalogs ?? { [plain.version]: digest };
  need(versions[plain.version] === digest, `the report judges by other rules than version ${plain.version} publishes`);
  state.derived = await derive(report, known);
  const other = difference(state.derived, report.derived);
  need(!other, `the report states what does not follow from its records, at derived${other}`);
  state.recomputed = true;
  return "every estimate, finding, status and claim follows from the records by the published rules";
}
