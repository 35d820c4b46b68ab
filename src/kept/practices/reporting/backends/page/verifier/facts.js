// From a statement to the few fields that the rule looks at, as in core/commitments/facts.py.

const PREDICATES = "https://kept.example/predicates/";
const PLAN = `${PREDICATES}campaign-plan/v1`;
const RESULT = `${PREDICATES}campaign-result/v1`;
const SCOPE = `${PREDICATES}scope-decision/v1`;
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
  try {
    const fields = Object.hasOwn(EXTRACTORS, type) ? EXTRACTORS[type](predicate) : scalarFields(predicate);
    return { ...unreadable, issued: textIn(predicate, "issued"), fields };
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
  return { campaign: textIn(predicate, "campaign"), domains: textsIn(predicate, "domains") };
}

function resultFields(predicate) {
  const rows = {};
  for (const item of listIn(predicate, "domains")) {
    if (!isObject(item)) throw new Unreadable("domains");
    const held = isObject(item.estimate) ? item.estimate : item;
    const [n, unassessed] = [numberIn(held, "n"), numberIn(held, "unassessed")];
    const domain = textIn(item, "domain");
    if (Object.hasOwn(rows, domain) || n < 0 || unassessed < 0) throw new Unreadable(domain);
    rows[domain] = {
      assessed: n,
      unassessed_share: n + unassessed ? unassessed / (n + unassessed) : 0,
      width: numberIn(held, "high") - numberIn(held, "low"),
    };
  }
  return { campaign: textIn(predicate, "campaign"), state: textIn(predicate, "state"), domains: rows };
}

function scopeFields(predicate) {
  const compared = listIn(predicate, "comparisons").filter(
    (item) => isObject(item) && isNumber(item.ours) && isNumber(item.theirs),
  );
  return {
    commitments: textsIn(predicate, "commitments"),
    decision: textIn(predicate, "decision"),
    comparisons: compared.length,
  };
}
