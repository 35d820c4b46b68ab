// Every readable statement of a published type that no other part shows, as in methods/governance/remaining.py.

const SHOWN = new Set(
  [
    "approval", "campaign-plan", "campaign-result", "comparison", "dispute", "dispute-answer", "erasure", "gate-decision", "gate-override",
    "gate-veto", "key-event", "mapping-confirmation", "preregistration", "publication", "release", "release-report", "scope-decision",
    "supersession", "withholding", "written-part",
  ].map((name) => `${PREDICATES}${name}/v1`),
);

const REPORT_DIFF = `${PREDICATES}report-diff/v1`;

function remainingOf(known) {
  const diffs = known.filter(({ predicate, fields }) => fields && predicate === REPORT_DIFF);
  for (const { index, fields } of diffs) needSchema(REPORT_DIFF, fields, `the report diff at index ${index}`);
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
