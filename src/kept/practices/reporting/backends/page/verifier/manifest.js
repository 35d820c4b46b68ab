// The first step: the signed manifest covers every file, and speaks of the report that is there, as in methods/verify/manifest.py.

const PUBLICATION = "https://kept.example/predicates/publication/v1";
const NEEDED = [
  "report.json",
  "index.html",
  "manifest.json",
  "checkpoint",
  "catalog.json",
  "verify.html",
  "verify.html.dsse.json",
];
// Signed copies: the manifest binds their bytes, and no verifier makes them again.
const COPY = /^(?:report\.pdf|assessment-results\.json|model-card-[0-9a-z]{1,16}\.md)$/;

// 1. Every file is there, listed, and has its digest; who signed the manifest may do so.
async function checkManifest(state) {
  const { files } = state;
  if (!files) {
    await prepare(state);
    throw new Unmet("needs the folder: use verify.html or kept verify");
  }
  const envelope = await checkFiles(files);
  const { found } = await prepare(state);
  await checkPublication(state, envelope);
  await checkVerifier(state);
  checkCopies(files, found.report);
  const copies = [...files.keys()].filter((name) => COPY.test(name)).sort(byCodePoint);
  const told = `${files.size} files, all listed in the signed manifest and no other`;
  return copies.length ? `${told}; signed copies, not made again: ${copies.join(", ")}` : told;
}

async function checkFiles(files) {
  for (const name of NEEDED) fileNamed(files, name);
  const envelope = parseEnvelope(files.get("manifest.json"), "the manifest");
  need(sameBytes(utf8(envelopeText(envelope)), files.get("manifest.json")), "manifest.json is not written as it was made");
  const { subject } = envelope.statement();
  const listed = new Map(subject.map(({ name, digest }) => [name, digest]));
  need(listed.size === subject.length, "the manifest lists a file twice");
  for (const name of files.keys()) need(name === "manifest.json" || listed.has(name), `${name} is not in the manifest`);
  for (const [name, digest] of listed) {
    need(name !== "manifest.json" && files.has(name), `${name} is listed but missing`);
    need(NEEDED.includes(name) || COPY.test(name) || name.startsWith("outcomes/"), `${name} has no place in a report`);
    need(canonical(digest) === canonical({ sha256: await sha256Hex(files.get(name)) }), `${name} was changed: its digest differs`);
  }
  return envelope;
}

function fileNamed(files, name) {
  need(files.has(name), `the report has no ${name}`);
  return files.get(name);
}

async function checkPublication({ found: { report }, trust, tenures }, envelope) {
  await authorise(trust, tenures, envelope, PUBLICATION, report.log.size);
  const { predicate } = envelope.statement();
  needSchema(PUBLICATION, predicate, "the manifest");
  const { kind, organisation, generator, issued, log } = predicate;
  const { root } = parseCheckpoint(parseNote(report.log.checkpoint).text);
  const { origin, size } = report.log;
  const stated = [kind, organisation, generator, issued, log?.origin, log?.size, log?.root];
  const told = ["report", report.organisation.name, report.generator, report.as_of, origin, size, toHex(root)];
  need(canonical(stated) === canonical(told), "the manifest speaks of another report, or of another state of the log");
  need(report.organisation.name === trust.organisation, "the report is of another organisation than the trust file");
}

async function checkVerifier({ files, found: { report }, trust, tenures }) {
  const envelope = parseEnvelope(files.get("verify.html.dsse.json"), "the verifier's signature");
  await authorise(trust, tenures, envelope, PUBLICATION, report.log.size);
  const { predicate, subject } = envelope.statement();
  needSchema(PUBLICATION, predicate, "the verifier's signature");
  const digest = await sha256Hex(files.get("verify.html"));
  const signed = canonical(subject) === canonical([{ name: "verify.html", digest: { sha256: digest } }]);
  need(signed && predicate.kind === "verifier", "verify.html.dsse.json does not sign verify.html");
}

function checkCopies(files, report) {
  const copies = copiesOf(report);
  for (const [name, text] of copies) need(sameBytes(fileNamed(files, name), utf8(text)), `${name} is not what report.json holds`);
  for (const name of files.keys()) {
    need(!name.startsWith("outcomes/") || copies.has(name), `${name} is of no campaign in report.json`);
  }
}

// The files beside report.json that say what it says.
function copiesOf({ log, outcomes }) {
  const files = Object.entries(outcomes).map(([campaign, text]) => [`outcomes/${campaign}.jsonl`, text]);
  return new Map([["checkpoint", log.checkpoint], ...files]);
}
