// Recorded postures, computed again from the statements before them, as in methods/postures.py; MEASURES is the ladder.

const AGAIN = "computed again";
const OTHERS = "by other measures than this version's";
const GONE = "not computed again: what it rests on was erased, or counts no longer";
const MOST_EVIDENCE = 64;
// From best to worst; of several sets of weights, the worst counts.
const READINGS = ["met", "stale", "missing", "contradicted"];

function computedAgain({ index, fields: said }, known) {
  const where = `the security posture at index ${index}`;
  const asOf = timeOf(said.issued);
  need(said.size <= index && asOf !== null, `${where} is of a log that was not there`);
  if (said.catalog !== MEASURES.digest) return OTHERS;
  const wanted = new Set(MEASURES.measures.flatMap(({ requirement }) => (requirement ? [requirement.predicate] : [])));
  const before = known.slice(0, said.size).filter(({ predicate }) => wanted.has(predicate));
  const facts = before
    .filter(({ void: spoiled }) => !spoiled)
    .map(({ predicate, fields, index: at, model }) => extractFact(predicate, fields, { index: at, model, assurance: "self" }));
  const found = MEASURES.measures.map((measure) => readMeasure(measure, facts, asOf));
  const stated = said.measures.map(({ id, level, reading, evidence }) => ({ id, level, reading, evidence }));
  if (canonical(stated) === canonical(found)) return AGAIN;
  need(before.some(({ fields }) => !fields), `${where} has readings that its log does not give`);
  return GONE;
}

function readMeasure({ id, level, requirement, facet, each }, facts, asOf) {
  if (!requirement) return { id, level, reading: "not evidenced", evidence: [] };
  // One that can't be read may be a drill of this kind that failed.
  const narrowed = ({ fields }) => !facet || !Object.hasOwn(fields, facet[0]) || fields[facet[0]] === facet[1];
  const own = facts.filter((fact) => fact.predicate === requirement.predicate && narrowed(fact));
  const groups = groupsOf(each, own);
  const found = (groups.length ? groups : [[]]).map((group) => readRequirement(requirement, group, { model: "", asOf }));
  const worst = found.reduce((one, other) => (READINGS.indexOf(other.reading) > READINGS.indexOf(one.reading) ? other : one));
  const evidence = ascending(found.flatMap((one) => [...one.evidence, ...one.against])).slice(-MOST_EVIDENCE);
  return { id, level, reading: worst.reading, evidence };
}

// The facts of each set of weights that still exists; what can't be read may be about any of them.
function groupsOf(each, own) {
  if (!each) return [own];
  const groups = new Map();
  for (const fact of own) {
    if (!Object.hasOwn(fact.fields, each)) continue;
    groups.set(fact.fields[each], [...(groups.get(fact.fields[each]) ?? []), fact]);
  }
  const unread = own.filter(({ fields }) => !Object.hasOwn(fields, each));
  const living = [...groups.values()].filter((group) => group.at(-1).fields.event !== "destroyed");
  return living.map((group) => [...group, ...unread].sort((one, other) => one.index - other.index));
}
