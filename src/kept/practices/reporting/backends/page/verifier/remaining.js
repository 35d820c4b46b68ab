// Every readable statement of a published type that no other part shows, as in methods/governance/remaining.py.

const SHOWN = new Set(
  [
    "approval", "campaign-plan", "campaign-result", "comparison", "dispute", "dispute-answer", "erasure", "gate-decision", "gate-override",
    "gate-veto", "key-event", "mapping-confirmation", "preregistration", "publication", "release", "release-report", "scope-decision",
    "supersession", "withholding", "written-part",
  ].map((name) => `${PREDICATES}${name}/v1`),
);

// What nothing else reads, and the page shows in parts.
const READ = new Map(
  [
    "access-summary", "disclosure-advisory", "disclosure-programme", "disclosure-report", "insider-alarm", "marking-policy", "marking-summary",
    "provenance-tool", "report-diff", "weights-approval", "weights-export", "weights-lease",
  ].map((name) => [`${PREDICATES}${name}/v1`, name.replace("-", " ")]),
);

function remainingOf(known) {
  for (const { index, predicate, fields } of known.filter((each) => each.fields && READ.has(each.predicate))) {
    needSchema(predicate, fields, `the ${READ.get(predicate)} at index ${index}`);
  }
  const left = ({ fields, predicate }) => fields && predicate.startsWith(PREDICATES) && !SHOWN.has(predicate);
  return known.filter(left).map(({ index, predicate, model, actors, roles, fields }) => ({
    index,
    kind: predicate.slice(PREDICATES.length).replace(/\/v1$/, ""),
    model,
    actors,
    assurance: roles.includes("provider") ? "self" : "third party",
    issued: typeof fields.issued === "string" ? fields.issued : "",
    fields,
  }));
}
