// The shapes of the statements on releases and written parts, as in predicates/.

const UNSEEN = "\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069";
const SEEN_IN_LINE = `[^\\u0000-\\u001f${UNSEEN}`;
const SEEN_IN_PROSE = `[^\\u0000-\\u0009\\u000b-\\u001f${UNSEEN}`;
const both = (...tests) => (value) => tests.reduce((wrong, test) => wrong ?? test(value), null);
const LINE = both(textOf(1, 256), matching(new RegExp(`^${SEEN_IN_LINE}]*${SEEN_IN_LINE} ]${SEEN_IN_LINE}]*$`)));
const REMARK = both(textOf(0, 4096), matching(new RegExp(`^${SEEN_IN_PROSE}]*$`)));
const PROSE = both(textOf(1, 20000), matching(new RegExp(`^${SEEN_IN_PROSE}]*${SEEN_IN_PROSE}\\n ]${SEEN_IN_PROSE}]*$`)));
const DAY_SHAPE = fits((value) => isDate(value));
const INDEX = wholeFrom(0, 2 ** 53 - 1);
const FLAG = oneOf(true, false);
const SIGNED = { issued: TIME, by: textOf(1, 256) };

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

const RELEASE = `${PREDICATES}release/v1`;
const WRITTEN_PART = `${PREDICATES}written-part/v1`;
const RELEASE_REPORT = `${PREDICATES}release-report/v1`;

// By type: its name, its shape, and what a shape can't say.
const GOVERNANCE = {
  [RELEASE]: {
    called: "release",
    shape: withMembers(
      {
        event: oneOf("released", "withdrawn"),
        model: DIGEST,
        name: LINE,
        version: LINE,
        date: DAY_SHAPE,
        major: FLAG,
        availability: oneOf("open weights", "public", "limited", "internal", "none"),
        ...SIGNED,
      },
      { replaces: orNull(DIGEST), reason: REMARK, scope: listOf(INDEX, 0, 64) },
    ),
    fits: ({ event, model, replaces, availability, reason }) =>
      (event === "withdrawn") === (availability === "none") && (event === "withdrawn") === Boolean(reason) && replaces !== model,
  },
  [WRITTEN_PART]: {
    called: "written part",
    shape: withMembers(
      { section: oneOf(...SECTIONS), model: matching(/^(sha256:[0-9a-f]{64})?$/), author: LINE, role: LINE, date: DAY_SHAPE, ...SIGNED },
      { text: orNull(PROSE) },
    ),
    fits: ({ section, model }) => Boolean(model) || ORGANISATION_WIDE.includes(section),
  },
  [RELEASE_REPORT]: {
    called: "release report",
    shape: withMembers(
      {
        model: DIGEST,
        parts: listOf(withMembers({ section: oneOf(...SECTIONS), index: INDEX }), 0, 64),
        ...Object.fromEntries(Object.keys(STATES_OF_REPORT).map((name) => [name, FLAG])),
        withdrawn: FLAG,
        ...SIGNED,
      },
      { reason: REMARK },
    ),
    fits: (report) => {
      const bound = report.parts.map(({ section }) => section);
      const told = Object.entries(STATES_OF_REPORT).every(([name, section]) => report[name] === bound.includes(section));
      return told && new Set(bound).size === bound.length && report.withdrawn === Boolean(report.reason) && !(report.withdrawn && bound.length);
    },
  },
};
