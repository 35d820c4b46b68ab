// The published rule that turns evidence into a status, as in core/commitments/rule.py; driven by the catalog.

const ASSURANCE = { self: 0, "third party": 1, reproduced: 2 };
const DAY = 86400000;

// The status of one promise for one model; facts in log order, asOf in milliseconds.
function statusOf(catalog, commitment, facts, { model, asOf, decisions }) {
  const held = [...facts].sort((one, other) => one.index - other.index);
  const findings = commitment.requirements.map((each) => readRequirement(each, held, { model, asOf }));
  const rulings = [...decisions].sort((one, other) => other.index - one.index);
  const superseded = supersededBy(commitment, rulings, asOf);
  const shown = { commitment: commitment.id, model, findings };
  if (superseded !== null) return { ...shown, state: "superseded", missing: [], evidence: [superseded] };
  const outside = outOfScopeBy(commitment, rulings, model, asOf);
  if (outside !== null) return { ...shown, state: "out of scope", missing: [], evidence: [outside] };
  const missing = findings.filter((finding) => finding.reading !== "met").map((finding) => finding.why);
  const evidence = ascending(findings.flatMap((finding) => [...finding.evidence, ...finding.against]));
  return { ...shown, state: stateOf(catalog.table, findings), missing, evidence };
}

const ascending = (indices) => [...new Set(indices)].sort((one, other) => one - other);

function stateOf(table, findings) {
  for (const { quantifier, of, state } of table) {
    const holds = (finding) => of.includes(finding.reading);
    if (quantifier === "any" ? findings.some(holds) : findings.every(holds)) return state;
  }
  return "not tested";
}

function supersededBy(commitment, rulings, asOf) {
  const today = new Date(asOf).toISOString().slice(0, 10);
  for (const fact of rulings) {
    const [issued, effective] = [timeOf(fact.issued), fact.fields.effective];
    if (fact.predicate !== SUPERSESSION || fact.fields.commitment !== commitment.id) continue;
    if (issued !== null && issued <= asOf && isDate(effective) && effective <= today) return fact.index;
  }
  return null;
}

// The last decision about the promise and the model, if it and its figures say "out".
function outOfScopeBy(commitment, rulings, model, asOf) {
  if (!commitment.frontier || !model) return null;
  for (const { predicate, index, model: about, issued, fields } of rulings) {
    const named = isTexts(fields.commitments) ? fields.commitments : null;
    if (predicate !== SCOPE || about !== model || (named && !named.includes(commitment.id))) continue;
    const at = timeOf(issued);
    const sound = at !== null && at <= asOf && fields.decision === "out" && isNumber(fields.behind) && fields.behind >= 1;
    return sound ? index : null;
  }
  return null;
}

// How one requirement reads: met, stale, missing or contradicted.
function readRequirement(requirement, facts, { model, asOf }) {
  const about = facts.filter((fact) => requirement.per === "organisation" || (model && fact.model === model));
  const own = about.filter((fact) => fact.predicate === requirement.predicate);
  const known = own.filter((fact) => supports(requirement, fact, asOf) && announced(requirement, fact, about));
  const { overdue, pending } = requirement.opens
    ? unfinished(requirement, requirement.opens, about, asOf)
    : { overdue: [], pending: [] };
  const told = (reading, opening, evidence, against, until = null) => ({
    requirement: requirement.id,
    reading,
    why: `${opening}: ${requirement.text}`,
    gate: requirement.gate,
    evidence: ascending(evidence),
    against: ascending(against),
    until: until === null ? "" : `${new Date(until).toISOString().slice(0, 19)}Z`,
  });
  const against = [...denials(requirement, own, known), ...overdue];
  if (against.length) return told("contradicted", `Contradicted by ${entriesOf(against)}`, [], against);
  if (pending.length) return told("missing", `Held up by ${entriesOf(pending)}`, [], pending);
  const keys = keysOf(requirement);
  const best = keys.map((key) => latest(known.filter((fact) => covers(requirement, fact, key))));
  const found = best.filter((fact) => fact);
  const evidence = found.map((fact) => fact.index);
  if (found.length < best.length) {
    const lacking = keys.filter((key, i) => key !== "" && !best[i]).join(", ");
    return told("missing", `Missing${lacking && found.length ? ` (${lacking})` : ""}`, evidence, []);
  }
  const until = Math.min(...found.map((fact) => timeOf(fact.issued))) + requirement.validity_days * DAY;
  if (asOf <= until) return told("met", "Met", evidence, [], until);
  return told("stale", `Stale since ${new Date(until).toISOString().slice(0, 10)}`, evidence, [], until);
}

function entriesOf(indices) {
  const named = ascending(indices);
  return `${named.length === 1 ? "entry" : "entries"} ${named.join(", ")}`;
}

function supports(requirement, fact, asOf) {
  const issued = timeOf(fact.issued);
  const assurance = Object.hasOwn(ASSURANCE, fact.assurance) ? ASSURANCE[fact.assurance] : -1;
  return (
    issued !== null && issued <= asOf && assurance >= ASSURANCE[requirement.assurance] && meets(requirement.where, fact.fields)
  );
}

// Whether what must be opened was opened before this was recorded.
function announced({ opens }, fact, about) {
  if (!opens) return true;
  const name = fact.fields[opens.field];
  const opening = (plan) => plan.predicate === opens.predicate && plan.index < fact.index && plan.fields[opens.field] === name;
  return typeof name === "string" && about.some(opening);
}

// Statements since the last supporting one that deny the promise, or that can't be read and so might.
function denials(requirement, own, known) {
  if (!requirement.denied.length) return [];
  const last = known.length ? known.at(-1).index : -1;
  const clears = (fact) =>
    requirement.denied.every((condition) => sameKind(condition.value, fact.fields[condition.field])) &&
    timeOf(fact.issued) !== null &&
    !meets(requirement.denied, fact.fields);
  return own.filter((fact) => fact.index > last && !clears(fact)).map((fact) => fact.index);
}

// What was opened and neither finished nor redone: overdue, or still within its grace.
function unfinished(requirement, opens, about, asOf) {
  const overdue = [];
  const pending = [];
  const wanted = keysOf(requirement).filter((key) => key !== "");
  for (const plan of about) {
    if (plan.predicate !== opens.predicate) continue;
    const [name, keys, opened] = [plan.fields[opens.field], plan.fields[opens.keys], timeOf(plan.issued)];
    if (typeof name !== "string" || !isTexts(keys) || opened === null) {
      overdue.push(plan.index);
    } else if ((!wanted.length || keys.some((key) => wanted.includes(key))) && !finished(requirement, opens, about, plan)) {
      (asOf - opened > opens.grace_days * DAY ? overdue : pending).push(plan.index);
    }
  }
  return { overdue, pending };
}

function finished(requirement, opens, about, plan) {
  const keys = plan.fields[opens.keys];
  const named = (fact) => fact.fields[opens.field];
  const later = about.filter((fact) => fact.predicate === requirement.predicate && fact.index > plan.index);
  const ends = later.filter((fact) => named(fact) === named(plan)).map((fact) => fact.index);
  for (const fact of later) {
    if (!meets(opens.finished, fact.fields)) continue;
    if (ends.includes(fact.index)) return true;
    const starts = about.filter((other) => other.predicate === opens.predicate && named(other) === named(fact));
    const rows = requirement.rows ? tableOf(fact.fields[requirement.rows.field]) : {};
    const first = Math.min(...starts.map((other) => other.index));
    const redone = ends.length && starts.length && Math.min(...ends) < first && first < fact.index;
    if (redone && keys.every((key) => Object.hasOwn(rows, key))) return true;
  }
  return false;
}

const keysOf = (requirement) => (requirement.rows?.keys.length ? requirement.rows.keys : [""]);

function covers(requirement, fact, key) {
  if (!requirement.rows) return true;
  const rows = tableOf(fact.fields[requirement.rows.field]);
  const wanted = key === "" ? Object.values(rows) : Object.hasOwn(rows, key) ? [rows[key]] : [];
  return wanted.some((row) => meets(requirement.rows.where, row));
}

function latest(facts) {
  const later = (one, other) => (one.issued === other.issued ? one.index > other.index : one.issued > other.issued);
  return facts.reduce((best, fact) => (!best || later(fact, best) ? fact : best), null);
}

function meets(conditions, held) {
  return conditions.every((condition) => Object.hasOwn(held, condition.field) && holds(condition, held[condition.field]));
}

function holds({ test, value: wanted }, value) {
  if (Array.isArray(wanted)) return test === "one of" && wanted.some((each) => sameKind(each, value) && each === value);
  if (!sameKind(wanted, value)) return false;
  if (test === "equals") return wanted === value;
  if (typeof wanted !== "number") return false;
  return test === "at least" ? value >= wanted : value <= wanted;
}

function sameKind(wanted, value) {
  return typeof wanted === "number" ? isNumber(value) : typeof wanted === typeof value;
}

function timeOf(text) {
  if (typeof text !== "string" || !/^[12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 19) !== text.slice(0, 19) ? null : time;
}

const isDate = (value) => typeof value === "string" && /^[12]\d{3}-\d{2}-\d{2}$/.test(value) && timeOf(`${value}T00:00:00Z`) !== null;

const isTexts = (value) => Array.isArray(value) && value.every((item) => typeof item === "string");

function tableOf(value) {
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter(([, row]) => isObject(row))) : {};
}
