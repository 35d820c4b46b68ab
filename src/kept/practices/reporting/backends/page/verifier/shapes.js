// The shapes of the statements that figures are computed from, as in predicates/. A shape tells where a value is wrong, or null.

const fits = (test) => (value) => (test(value) ? null : "");
const matching = (pattern) => fits((value) => typeof value === "string" && pattern.test(value));
const textOf = (least, most) => fits((value) => typeof value === "string" && Array.from(value).length >= least && Array.from(value).length <= most);
const wholeFrom = (least, most = Infinity) => fits((value) => Number.isInteger(value) && value >= least && value <= most);
const numberThat = (test) => fits((value) => typeof value === "number" && test(value));
const oneOf = (...known) => fits((value) => known.includes(value));
const orNull = (inner) => (value) => (value === null ? null : inner(value));

const listOf = (inner, least, most) => (value) => {
  if (!Array.isArray(value) || value.length < least || value.length > most) return "";
  const wrong = value.findIndex((item) => inner(item) !== null);
  return wrong < 0 ? null : `.${wrong}${inner(value[wrong])}`;
};

const withMembers = (required, optional = {}) => (value) => {
  if (!isObject(value)) return "";
  const known = { ...required, ...optional };
  const lacking = Object.keys(required).find((name) => !Object.hasOwn(value, name));
  if (lacking !== undefined) return `.${lacking}`;
  for (const name of Object.keys(value)) {
    const found = Object.hasOwn(known, name) ? known[name](value[name]) : "";
    if (found !== null) return `.${name}${found}`;
  }
  return null;
};

const NAME = matching(/^[a-z0-9][a-z0-9.-]{0,63}$/);
const CAMPAIGN = matching(/^c-[0-9a-f]{16}$/);
const DIGEST = matching(/^sha256:[0-9a-f]{64}$/);
const HASH = matching(/^[0-9a-f]{64}$/);
const TIME = matching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
const COUNT = wholeFrom(0);
const RATE = numberThat((value) => value >= 0 && value <= 1);
const INSIDE = numberThat((value) => value > 0 && value < 1);
const OBJECT = fits(isObject);

const PLAN_SHAPE = withMembers({
  campaign: CAMPAIGN,
  model: OBJECT,
  plan: withMembers({
    domains: listOf(NAME, 1, 64),
    strategies: listOf(NAME, 1, 64),
    languages: listOf(NAME, 1, 64),
    prompts: wholeFrom(1, 1000000),
    trials: wholeFrom(1, 1000),
    seed: wholeFrom(-(2 ** 53), 2 ** 53),
    sampling: withMembers({}, {
      temperature: numberThat((value) => value >= 0 && value <= 10),
      top_p: numberThat((value) => value > 0 && value <= 1),
      max_tokens: wholeFrom(1, 1000000),
    }),
    level: INSIDE,
    stop: oneOf("fixed"),
    budget: withMembers({}, { requests: orNull(wholeFrom(1)), tokens: orNull(wholeFrom(1)), errors: COUNT }),
  }),
  plan_digest: DIGEST,
  probes: listOf(NAME, 1, 4096),
  corpus: DIGEST,
  judge: withMembers({ name: NAME, version: wholeFrom(1), false_positive_bound: INSIDE, alpha: INSIDE }),
  cells: wholeFrom(1),
  attempts: wholeFrom(1),
  stopping_rule: textOf(1, 500),
  earlier: COUNT,
  software: textOf(1, 100),
  opened: TIME,
  by: textOf(1, 256),
});

const FIGURE_SHAPE = withMembers({
  value: RATE,
  low: RATE,
  high: RATE,
  level: INSIDE,
  n: COUNT,
  method: textOf(1, 100),
  unassessed: COUNT,
});
const FIGURES = { domain: NAME, succeeded: COUNT, estimate: FIGURE_SHAPE, worst: FIGURE_SHAPE };
const CELL = { domain: NAME, strategy: NAME, language: NAME };

const RESULT_SHAPE = withMembers(
  {
    campaign: CAMPAIGN,
    plan: COUNT,
    model: DIGEST,
    state: oneOf("completed", "abandoned"),
    outcomes: withMembers({ sha256: HASH, records: COUNT, attempts: COUNT }),
    transcripts: withMembers({ root: HASH, leaves: COUNT }),
    domains: listOf(withMembers(FIGURES), 0, 64),
    cells: listOf(withMembers({ ...FIGURES, ...CELL, finding: oneOf(true, false) }), 0, 65536),
    findings: listOf(withMembers({ ...CELL, succeeded: wholeFrom(1), assessed: wholeFrom(1), chance: RATE }), 0, 65536),
    coverage: withMembers({ cells: COUNT, tested: COUNT, unassessed: COUNT, not_tested: listOf(listOf(NAME, 3, 3), 0, 65536) }),
    reproduce: textOf(1, 4000),
    issued: TIME,
    by: textOf(1, 256),
  },
  { reason: textOf(0, 2000), truth_comparison: orNull(OBJECT), assurance: oneOf("self", "third party", "reproduced") },
);

const PUBLICATION_SHAPE = withMembers(
  { kind: oneOf("report", "verifier"), organisation: textOf(1, 256), generator: textOf(1, 64), issued: TIME },
  { log: orNull(withMembers({ origin: textOf(1, 256), size: COUNT, root: HASH })) },
);

function needShape(shape, value, what) {
  const wrong = shape(value);
  need(wrong === null, `${what} is malformed${wrong ? ` at ${wrong.slice(1)}` : ""}`);
}
