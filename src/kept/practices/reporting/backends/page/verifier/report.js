// report.json read strictly, as in methods/material.py: what a report brings along, before any of it is believed.

const REPORT_MEMBERS = ["kept_report", "generator", "organisation", "as_of", "declared", "log", "statements", "outcomes", "catalog", "derived"];
const ENTRY_LIMIT = 65535;
const ENVELOPE_LIMIT = 8 * 1024 * 1024;

// The report, its entries' bytes and its statements. Throws Failure, naming where it is wrong.
function readReport(text, { canonical: asWritten = false } = {}) {
  const report = parseJson(text, "report.json");
  if (asWritten) needCanonical(text, report, "report.json");
  need(isObject(report) && report.kept_report === 1, "report.json is not a report of version 1");
  exactly(report, REPORT_MEMBERS, "report.json");
  const { log, statements, outcomes } = report;
  exactly(log, ["origin", "size", "checkpoint", "entries"], "log");
  need(Array.isArray(log.entries) && Array.isArray(statements), "the entries and the statements are not lists");
  need(log.entries.length === statements.length, "there are not as many statements as entries");
  for (const name of ["organisation", "declared", "outcomes", "catalog", "derived"]) need(isObject(report[name]), `${name} is not an object`);
  const texts = [report.generator, report.organisation.name, log.origin, log.checkpoint];
  need(texts.every((one) => typeof one === "string" && one), "generator, organisation, origin or checkpoint is not a text");
  need(typeof report.as_of === "string" && timeOf(report.as_of) !== null, "as_of is not a time such as 2026-11-22T07:30:00Z");
  need(isIndex(log.size), "log.size is not a whole number");
  for (const name of Object.keys(outcomes)) need(typeof outcomes[name] === "string", `the outcomes of ${name} are not text`);
  const leaves = log.entries.map((entry, i) => shortBase64(entry, ENTRY_LIMIT, `entry ${i}`));
  return { report, leaves, materials: statements.map(readMaterial) };
}

const isIndex = (value) => Number.isInteger(value) && value >= 0;

function shortBase64(text, limit, what) {
  need(typeof text === "string" && text.length <= Math.ceil(limit / 3) * 4, `${what} is not base64 of at most ${limit} bytes`);
  return fromBase64(text, what);
}

function readMaterial(item, index) {
  const where = `statement ${index}`;
  need(isObject(item) && item.index === index, `${where} stands at another place`);
  if (Object.hasOwn(item, "erased")) {
    exactly(item, ["index", "erased"], where);
    need(isIndex(item.erased), `${where} is erased by no index`);
    return { index, erased: item.erased, bytes: null };
  }
  exactly(item, ["index", "salt", "envelope", "disclosures", "inclusion"], where);
  const { disclosures, inclusion } = item;
  need(Array.isArray(disclosures) && disclosures.every((one) => typeof one === "string"), `${where} has malformed disclosures`);
  need(Array.isArray(inclusion), `${where} has no list of hashes as its proof`);
  const salt = shortBase64(item.salt, 32, where);
  need(salt.length === 32, `the salt of ${where} has not 32 bytes`);
  return {
    index,
    erased: null,
    salt,
    bytes: shortBase64(item.envelope, ENVELOPE_LIMIT, where),
    disclosures,
    inclusion: inclusion.map((hash) => shortBase64(hash, 32, where)),
  };
}

function readEntry(raw, index) {
  const what = `entry ${index}`;
  const entry = parseJson(fromUtf8(raw, what), what);
  exactly(entry, ["digest", "model", "predicate", "version"], what);
  const { digest, model, predicate, version } = entry;
  need(version === 1, `${what} is not of version 1`);
  need([digest, model, predicate].every((one) => typeof one === "string"), `${what} holds something else than text`);
  return { index, raw, digest, model, predicate };
}

// The member of a JSON text exactly as it was signed: numbers such as 1.0 do not survive being read.
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
    if (text[at] === '"') at = endOfText(text, at);
    else if (text[at] === "{" || text[at] === "[") depth += 1;
    else if (text[at] === "}" || text[at] === "]") depth -= 1;
    at += 1;
  } while (at < text.length && (depth > 0 || !",:}]".includes(text[at])));
  return at;
}

// The place of the quote that ends the text which begins at `at`.
function endOfText(text, at) {
  for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === "\\") at += 1;
  return at;
}

// The text of a JSON value must be the canonical one. Numbers are compared apart, since 1.0 is read as 1.
function needCanonical(text, value, what) {
  const parts = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') at = endOfText(text, at);
    else if (text[at] === "-" || (text[at] >= "0" && text[at] <= "9")) {
      const [number] = /^[-+.0-9eE]+/.exec(text.slice(at, at + 4096));
      need(number === (/^-?[0-9]+$/.test(number) ? number.replace(/^-0$/, "0") : floatText(Number(number))), `${what} is not canonical JSON`);
      parts.push(text.slice(from, at), String(Number(number)));
      at += number.length - 1;
      from = at + 1;
    }
  }
  need(parts.join("") + text.slice(from) === canonical(value), `${what} is not canonical JSON`);
}

// A float as the provider's side writes it (repr): 1.0, 0.0001, 1e-05, 1e+16.
function floatText(number) {
  if (Object.is(number, -0)) return "-0.0";
  const [digits, exponent] = number.toExponential().split("e");
  if (exponent >= -4 && exponent < 16) return Number.isInteger(number) ? `${number}.0` : String(number);
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}
