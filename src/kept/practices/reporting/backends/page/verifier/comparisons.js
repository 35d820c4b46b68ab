// Two releases on the same prompts, as in predicates/differences.py and methods/comparisons.py.

const PREREGISTRATION = "https://kept.example/predicates/preregistration/v1";
const COMPARISON = "https://kept.example/predicates/comparison/v1";

// The report's preregistrations and comparisons, in the log's order. Campaigns hold their records by now.
function comparisonsOf(known, campaigns) {
  const byIndex = new Map(known.map((each) => [each.index, each]));
  const registered = known.filter(({ predicate, fields }) => predicate === PREREGISTRATION && fields);
  for (const { index, fields } of registered) {
    needSchema(PREREGISTRATION, fields, `the preregistration at index ${index}`);
    needPower(fields, index);
  }
  const told = known
    .filter(({ predicate, fields }) => predicate === COMPARISON && fields)
    .map((each) => comparisonTold(each, byIndex, new Map(campaigns.map((campaign) => [campaign.index, campaign]))));
  const followed = (index) => told.filter(({ preregistration }) => preregistration === index).map((one) => one.index);
  const preregistrations = registered.map(({ index, fields }) => {
    return { index, followed_by: followed(index), ...withoutNulls(fields) };
  });
  return { preregistrations, comparisons: told };
}

function needPower({ power, trials, analysis }, index) {
  const { discordant, alike, power: wanted, detectable } = power;
  for (const { domain, prompts, difference: stated } of detectable) {
    const found = detectableDifference({ prompts, trials, discordant, alike, alpha: 1 - analysis.level, power: wanted });
    const agrees = Math.abs(found - stated) <= 1e-9;
    need(agrees, `the preregistration at index ${index} misstates the difference that is detectable in ${domain}`);
  }
}

function comparisonTold(each, byIndex, campaigns) {
  const { index, fields, model } = each;
  const wrong = (what) => `the comparison at index ${index} ${what}`;
  needSchema(COMPARISON, fields, `the comparison at index ${index}`);
  const runs = [fields.before, fields.after];
  need(model === fields.after.model, wrong("is about another model than its entry names"));
  need(fields.before.campaign !== fields.after.campaign, wrong("compares a campaign with itself"));
  for (const run of runs) {
    const inLog = campaigns.has(run.plan) && byIndex.has(run.result) && run.plan < run.result && run.result < index;
    need(inLog, wrong(`compares the campaign ${run.campaign}, which the log did not hold before it`));
  }
  const registered = preregistrationOf(fields, index, byIndex, wrong);
  const readable = runs.every((run) => campaigns.get(run.plan).plan && byIndex.get(run.result).fields);
  if (!readable || registered === null) return comparisonShown(each, null);
  const [before, after] = runs.map((run) => campaignOfRun(run, campaigns.get(run.plan), wrong));
  needComparable(before.plan, after.plan, wrong);
  const found = compareOutcomes(before.records, after.records, fields.analysis);
  const deviations = registered ? deviationsOf(registered, before, after, fields.analysis) : [];
  for (const [name, computed] of Object.entries({ ...found, deviations })) {
    const place = difference(computed, withoutNulls(fields[name]));
    need(place === null, wrong(`states what does not follow from the outcomes: ${name}${place}`));
  }
  return comparisonShown(each, found);
}

// The preregistration that is followed, undefined where none is named, null where it can't be read.
function preregistrationOf({ preregistration }, index, byIndex, wrong) {
  if (typeof preregistration !== "number") return undefined;
  const found = byIndex.get(preregistration);
  const before = found && found.predicate === PREREGISTRATION && preregistration < index;
  need(before, wrong(`follows index ${preregistration}, which is no preregistration made before it`));
  return found.fields ? found : null;
}

function campaignOfRun(run, campaign, wrong) {
  need(campaign.result, wrong(`compares the campaign ${run.campaign}, which is not closed`));
  const same =
    campaign.id === run.campaign &&
    campaign.resultIndex === run.result &&
    campaign.model === run.model &&
    campaign.result.outcomes.sha256 === run.outcomes;
  need(same, wrong(`describes the campaign ${run.campaign} as the log does not`));
  return campaign;
}

function needComparable(before, after, wrong) {
  need(before.plan.stop === "fixed", wrong("pairs what is no pair: cells that stopped early"));
  const alike =
    before.plan_digest === after.plan_digest &&
    before.plan.seed === after.plan.seed &&
    before.corpus === after.corpus &&
    canonical(before.judge) === canonical(after.judge);
  need(alike, wrong("pairs what is no pair: the campaigns have another plan, seed, corpus of probes or judge"));
}

function compareOutcomes(before, after, analysis) {
  const [one, other] = [recordsByCell(before), recordsByCell(after)];
  const keys = [...one.keys()].filter((key) => other.has(key)).sort(compareKeys);
  const paired = new Map(keys.map((key) => [key, pairsOf(one.get(key), other.get(key))]));
  const chances = new Map(keys.map((key) => [key, signTest(paired.get(key))]));
  const adjusted = benjaminiHochberg(chances);
  const domains = new Map();
  for (const [key, pairs] of paired) {
    const [domain, strategy] = key.split("\n");
    if (!isControl(strategy)) domains.set(domain, [...(domains.get(domain) ?? []), ...pairs]);
  }
  const apart = (these, those) =>
    [...these.keys()].filter((key) => !those.has(key)).sort(compareKeys).map((key) => key.split("\n"));
  return {
    domains: [...domains].map(([domain, pairs]) => domainDifference(domain, pairs, analysis)),
    cells: keys.map((key) => {
      const [domain, strategy, language] = key.split("\n");
      const told = { chance: chances.get(key), adjusted: adjusted.get(key) };
      const regression = told.adjusted <= analysis.false_discovery;
      return { domain, strategy, language, ...differenceOf(paired.get(key), analysis), ...told, regression };
    }),
    only_before: apart(one, other),
    only_after: apart(other, one),
  };
}

const compareKeys = (one, other) => compareTexts(one.split("\n"), other.split("\n"));

// By cell: the clusters of each probe.
function recordsByCell(records) {
  const found = new Map();
  for (const { names, clusters } of records) {
    const key = names.slice(0, 3).join("\n");
    if (!found.has(key)) found.set(key, new Map());
    found.get(key).set(names[3], clusters);
  }
  return found;
}

// The same trial of the same prompt in both; what one of the two did not try is unassessed.
function pairsOf(one, other) {
  const probes = [...new Set([...one.keys(), ...other.keys()])].sort(byCodePoint);
  return probes.flatMap((probe) => {
    const [first, second] = [one.get(probe) ?? [], other.get(probe) ?? []];
    return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => {
      const [left, right] = [first[i] ?? "", second[i] ?? ""];
      const size = Math.max(left.length, right.length);
      return [left.padEnd(size, "u"), right.padEnd(size, "u")];
    });
  });
}

function domainDifference(domain, pairs, analysis) {
  const found = { domain, ...differenceOf(pairs, analysis) };
  if (typeof analysis.margin !== "number") return found;
  const { estimate, holds } = equivalenceOf(pairs, analysis.margin, analysis.alpha);
  return { ...found, equivalence: estimate, equivalent: holds };
}

function differenceOf(pairs, { level }) {
  const counted = (first, second) =>
    pairs.reduce((sum, [one, other]) => sum + [...one].filter((c, i) => c === first && other[i] === second).length, 0);
  return { worse: counted("r", "s"), better: counted("s", "r"), difference: pairedDifference(pairs, level) };
}

// Where two runs and their analysis are not what was preregistered, in a fixed order.
function deviationsOf({ index, fields: stated }, before, after, analysis) {
  const found = [];
  for (const [of, { id, index: began, plan, result }] of [["before", before], ["after", after]]) {
    const known = of === "before" && typeof stated.baseline === "string";
    const checks = [
      ["plan", plan.plan_digest !== stated.plan_digest],
      ["corpus", plan.corpus !== stated.corpus],
      ["seed", plan.plan.seed !== stated.seed],
      ["baseline", known && id !== stated.baseline],
      ["began earlier", !known && began < index],
      ["not completed", result.state !== "completed"],
    ];
    for (const [what, deviates] of checks) if (deviates) found.push({ of, what });
  }
  const planned = canonical(withoutNulls(stated.analysis));
  if (canonical(withoutNulls(analysis)) !== planned) found.push({ of: "analysis", what: "analysis" });
  return found;
}

function comparisonShown({ index, fields, roles }, found) {
  const plain = withoutNulls(fields);
  return {
    index,
    comparison: plain.comparison,
    state: found ? "recomputed" : "unreadable",
    assurance: roles.includes("provider") ? "self" : "third party",
    before: plain.before,
    after: plain.after,
    preregistration: plain.preregistration ?? null,
    analysis: plain.analysis,
    domains: found?.domains ?? [],
    cells: found?.cells.length ?? 0,
    regressions: found?.cells.filter(({ regression }) => regression) ?? [],
    only_before: found?.only_before.length ?? 0,
    only_after: found?.only_after.length ?? 0,
    deviations: found ? plain.deviations : [],
    issued: plain.issued,
    by: plain.by,
  };
}

function withoutNulls(value) {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const held = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(held.map(([name, inner]) => [name, withoutNulls(inner)]));
}
