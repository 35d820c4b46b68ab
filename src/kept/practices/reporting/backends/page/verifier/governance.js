// What a report says beyond campaigns, as in methods/governance/.

const RELEASE = `${PREDICATES}release/v1`;
const WRITTEN_PART = `${PREDICATES}written-part/v1`;
const RELEASE_REPORT = `${PREDICATES}release-report/v1`;
const APPROVAL = `${PREDICATES}approval/v1`;
const WITHHOLDING = `${PREDICATES}withholding/v1`;
const DISPUTE = `${PREDICATES}dispute/v1`;
const DISPUTE_ANSWER = `${PREDICATES}dispute-answer/v1`;
const MAPPING_CONFIRMATION = `${PREDICATES}mapping-confirmation/v1`;
const GATE_DECISION = `${PREDICATES}gate-decision/v1`;
const GATE_OVERRIDE = `${PREDICATES}gate-override/v1`;
const GATE_VETO = `${PREDICATES}gate-veto/v1`;
const REQUESTS = [WITHHOLDING, GATE_OVERRIDE];

const SECTIONS = [
  "capabilities", "limitations", "appropriate-use", "inappropriate-use", "safety-evaluations", "adversarial-results",
  "fairness-and-bias", "societal-risk", "red-teaming-procedures", "safety-procedures", "reporting-weaknesses",
];
const ORGANISATION_WIDE = ["red-teaming-procedures", "safety-procedures", "reporting-weaknesses"];
const STATES_OF_REPORT = {
  capabilities: "capabilities",
  limits: "limitations",
  appropriate_use: "appropriate-use",
  inappropriate_use: "inappropriate-use",
  societal_risk: "societal-risk",
};

// By type, what its schema can't say.
const AGREES = {
  [RELEASE]: ({ event, model, date, replaces, availability, reason }) => {
    const withdrawn = event === "withdrawn";
    return isDate(date) && withdrawn === (availability === "none") && withdrawn === Boolean(reason) && replaces !== model;
  },
  [WRITTEN_PART]: ({ section, model, date }) => isDate(date) && (Boolean(model) || ORGANISATION_WIDE.includes(section)),
  [RELEASE_REPORT]: (report) => {
    const bound = report.parts.map(({ section }) => section);
    const told = Object.entries(STATES_OF_REPORT).every(([name, section]) => report[name] === bound.includes(section));
    const stands = report.withdrawn === Boolean(report.reason) && !(report.withdrawn && bound.length);
    return told && stands && new Set(bound).size === bound.length;
  },
  [APPROVAL]: ({ verdict, note }) => verdict !== "refused" || Boolean(note),
  [WITHHOLDING]: ({ names, digests, until }) => {
    const apart = new Set(names).size === names.length && new Set(digests).size === digests.length;
    return isDate(until) && apart && names.length === digests.length;
  },
  [DISPUTE]: ({ claim = null, statement = null }) => (claim === null) !== (statement === null),
  [DISPUTE_ANSWER]: () => true,
  [MAPPING_CONFIRMATION]: ({ extent, statements }) =>
    (extent === "not") === (statements.length === 0) && new Set(statements).size === statements.length,
  [GATE_DECISION]: ({ decision, reasons, policy: { bounds = [] } }) =>
    (decision === "open") === (reasons.length === 0) &&
    bounds.every(({ strategy = null, language = null }) => (strategy === null) === (language === null)),
  [GATE_OVERRIDE]: () => true,
  [GATE_VETO]: () => true,
};

async function govern(known, { campaigns, shown, statuses, statusesAt, reported, models, claims, comparisons, catalog, asOf }) {
  const standing = standingReports(known, reported);
  const given = approvalsOf(known);
  return {
    register: registerOf(known, { campaigns, statuses, standing, asOf }),
    sections: sectionsOf(known, models, standing),
    withheld: withheldOf(known, given, asOf),
    disputes: disputesOf(known, new Set(claims.map(({ id }) => id))),
    answers: answersOf(known, catalog.commitments),
    gates: await gatesOf(known, given, { shown, claims, comparisons, statusesAt, catalogDigest: catalog.digest }),
    records: remainingOf(known),
  };
}

// Every statement of a type, in the log's order, with what it says; null for an erased or a void one.
function everySaid(known, type) {
  return known
    .filter((each) => each.predicate === type)
    .map((each) => {
      if (!each.fields) return [each, null];
      const what = `the statement at index ${each.index}`;
      needSchema(type, each.fields, what);
      need(AGREES[type](each.fields), `${what} contradicts itself`);
      const { model = each.model } = each.fields;
      need(model === each.model, `${what} is about another model than its entry names`);
      return [each, each.fields];
    });
}

const readableSaid = (known, type) => everySaid(known, type).filter(([, said]) => said);

// The statement that a later one names, which stands before it.
function earlierSaid(known, index, than) {
  need(index < than.index, `the statement at index ${than.index} names the statement ${index}, which is not before it`);
  return known[index];
}

const whyUnread = ({ fields, void: empty }) => (fields ? "" : empty ? "void" : "erased");
