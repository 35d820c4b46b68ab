// From a statement to the few fields that the rule looks at, as in core/commitments/facts.py.

const PREDICATES = "https://kept.example/predicates/";
const PLAN = `${PREDICATES}campaign-plan/v1`;
const RESULT = `${PREDICATES}campaign-result/v1`;
const SCOPE = `${PREDICATES}scope-decision/v1`;
const CALIBRATION = `${PREDICATES}judge-calibration/v1`;
const CUSTODY = `${PREDICATES}weights-custody/v1`;
const SUPERSESSION = `${PREDICATES}supersession/v1`;

class Unreadable extends Error {}

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

function textIn(held, name) {
  if (typeof held[name] !== "string" || !held[name]) throw new Unreadable(name);
  return held[name];
}

function numberIn(held, name) {
  if (!isNumber(held[name])) throw new Unreadable(name);
  return held[name];
}

function listIn(held, name) {
  if (!Array.isArray(held[name])) throw new Unreadable(name);
  return held[name];
}

function textsIn(held, name) {
  const found = listIn(held, name);
  if (!found.every((item) => typeof item === "string")) throw new Unreadable(name);
  return found;
}

function objectIn(value) {
  if (!isObject(value)) throw new Unreadable("object");
  return value;
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

const EXTRACTORS = {
  [PLAN]: planFields,
  [RESULT]: resultFields,
  [SCOPE]: scopeFields,
  [SUPERSESSION]: (predicate) => ({
    commitment: textIn(predicate, "commitment"),
    law: textIn(predicate, "law"),
    effective: textIn(predicate, "effective"),
  }),
};

// A statement that can't be read has no fields and no time; it still counts as recorded.
function extractFact(type, predicate, { index, model, assurance }) {
  const unreadable = { predicate: type, index, model, issued: "", assurance, fields: {} };
  if (!isObject(predicate)) return unreadable;
  if (typeof predicate.model === "string" && predicate.model !== model) return unreadable;
  try {
    const fields = Object.hasOwn(EXTRACTORS, type) ? EXTRACTORS[type](predicate) : scalarFields(predicate);
    return { ...unreadable, issued: textIn(predicate, type === PLAN ? "opened" : "issued"), fields };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return unreadable;
  }
}

function scalarFields(predicate) {
  const plain = (value) => typeof value === "string" || typeof value === "boolean" || isNumber(value);
  return Object.fromEntries(Object.entries(predicate).filter(([name, value]) => name !== "issued" && plain(value)));
}

function planFields(predicate) {
  return { campaign: textIn(predicate, "campaign"), domains: textsIn(objectIn(predicate.plan), "domains") };
}

function resultFields(predicate) {
  const rows = {};
  for (const item of listIn(predicate, "domains")) {
    const domain = textIn(objectIn(item), "domain");
    const held = objectIn(item.estimate);
    const [n, unassessed] = [numberIn(held, "n"), numberIn(held, "unassessed")];
    if (Object.hasOwn(rows, domain) || n < 0 || unassessed < 0) throw new Unreadable(domain);
    const interval = (item.corrected ?? null) === null ? held : objectIn(item.corrected);
    rows[domain] = {
      assessed: n,
      unassessed_share: n + unassessed ? unassessed / (n + unassessed) : 0,
      width: numberIn(interval, "high") - numberIn(interval, "low"),
    };
  }
  return { campaign: textIn(predicate, "campaign"), state: textIn(predicate, "state"), domains: rows };
}

function scopeFields(predicate) {
  let [comparisons, behind] = [0, 0];
  for (const item of listIn(predicate, "comparisons")) {
    const [ours, theirs] = [numberIn(objectIn(item), "ours"), numberIn(item, "theirs")];
    const higher = Object.hasOwn(item, "higher_is_better") ? item.higher_is_better : true;
    if (typeof higher !== "boolean") throw new Unreadable("higher_is_better");
    comparisons += 1;
    behind += Number(higher ? ours <= theirs : ours >= theirs);
  }
  return {
    commitments: textsIn(predicate, "commitments"),
    decision: textIn(predicate, "decision"),
    comparisons,
    behind,
  };
}
