// Everything that a report says beyond its evidence, as in methods/derive.py.

async function derive(report, known) {
  const campaigns = await gatherCampaigns(known);
  checkOutcomeFiles(campaigns, report.outcomes);
  const calibrations = gatherCalibrations(known);
  for (const campaign of campaigns) if (campaign.result) await recomputeCampaign(campaign, report.outcomes[campaign.id], calibrations);
  const assurances = assurancesOf(campaigns);
  const models = modelsOf(known, campaigns);
  const reported = releaseReports(known);
  const stated = new Map(reported.map((one) => [one.each.index, one.stated]));
  // The statuses of models, by the first entries of the log (how many), as of a time.
  const statusesAt = (ids, size, time) => {
    const held = assurancesOf(campaigns.filter(({ index }) => index < size).map((campaign) => campaignUntil(campaign, size)));
    const facts = known.slice(0, size).map((each) => factOf(each, held, stated.get(each.index) ?? {}));
    const asked = { asOf: timeOf(time), decisions: facts };
    return ids.flatMap((model) =>
      report.catalog.commitments.map((commitment) => statusOf(report.catalog, commitment, facts, { model, ...asked })),
    );
  };
  const ids = models.length ? models.map((model) => model.id) : [""];
  const statuses = statusesAt(ids, known.length, report.as_of);
  const shown = campaigns.map(campaignShown);
  const claims = campaigns.flatMap((campaign) => claimsOf(campaign, assurances, report.as_of));
  const coverage = models.map(({ id }) => coverageOf(id, campaigns.filter((campaign) => campaign.model === id)));
  const voided = known.filter((each) => each.void).map((each) => each.index);
  const found = { campaigns, shown, statuses, statusesAt, reported, models: models.map(({ id }) => id), claims };
  const compared = comparisonsOf(known, campaigns);
  const about = { ...found, comparisons: compared.comparisons, catalog: report.catalog, asOf: report.as_of };
  const governed = await govern(known, about);
  const studies = studiesOf(known);
  const sharing = sharingOf(known);
  return { models, void: voided, statuses, campaigns: shown, coverage, claims, studies, sharing, ...compared, ...governed };
}

// The campaign as the first entries of the log tell of it.
function campaignUntil(campaign, size) {
  const later = campaign.resultIndex !== null && campaign.resultIndex >= size;
  return later ? { ...campaign, result: null, resultIndex: null, domains: [], cells: [] } : campaign;
}

function modelsOf(known, campaigns) {
  const identities = new Map(campaigns.filter(({ plan }) => plan).map(({ model, plan }) => [model, plan.model]));
  const named = new Map();
  for (const each of known) if (each.model && !named.get(each.model)) named.set(each.model, nameOf(each));
  return [...named].map(([id, name]) => {
    const identity = identities.get(id) ?? {};
    return {
      id,
      name: identity.name || name || id,
      established: identity.established ?? "unknown",
      evidence: identity.evidence ?? "",
      identity,
    };
  });
}

// What its subjects call the model: those that are the model or its weights, and no replay or file of it.
function nameOf({ predicate, model, subjects }) {
  const own = ({ digest }) => predicate === CUSTODY || `sha256:${digest.sha256}` === model;
  return subjects.find(own)?.name ?? "";
}

// `stated` is what a release report still states, whatever it said when it was signed.
function factOf({ predicate, index, model, fields, roles }, assurances, stated) {
  let assurance = roles.length && !roles.includes("provider") ? "third party" : "self";
  if (predicate === RESULT && fields) assurance = assurances.get(fields.campaign) ?? "self";
  return extractFact(predicate, fields && { ...fields, ...stated }, { index, model, assurance });
}

// By campaign: who stands behind it, and whether somebody else found the same.
function assurancesOf(campaigns) {
  const closed = campaigns.filter((campaign) => campaign.result);
  const found = new Map(closed.map((campaign) => [campaign.id, campaign.thirdParty ? "third party" : "self"]));
  const completed = closed.filter((campaign) => campaign.result.state === "completed" && campaign.plan);
  for (const one of completed) {
    const others = completed.filter((other) => other.sameness === one.sameness);
    if (others.some((other) => reproduces(one, other))) found.set(one.id, "reproduced");
  }
  return found;
}

function reproduces(one, other) {
  if (one.actors.some((actor) => other.actors.includes(actor)) || !(one.thirdParty || other.thirdParty)) return false;
  const theirs = new Map(other.domains.map(({ domain, estimate }) => [domain, estimate]));
  const overlaps = ({ domain, estimate }) => {
    const found = theirs.get(domain);
    return found && estimate.low <= found.high && found.low <= estimate.high;
  };
  return theirs.size === one.domains.length && one.domains.every(overlaps);
}

function campaignShown(campaign) {
  const { id, index, model, plan, result, resultIndex, repeat, cells } = campaign;
  return {
    campaign: id,
    model,
    plan: index,
    result: resultIndex,
    state: stateOfCampaign(campaign),
    reason: result?.reason ?? "",
    opened: plan?.opened ?? null,
    closed: result?.issued ?? null,
    repeat,
    by: plan?.by ?? "",
    outcomes: result ? `sha256:${result.outcomes.sha256}` : null,
    attempts: {
      planned: plan?.attempts ?? 0,
      assessed: cells.reduce((sum, cell) => sum + cell.estimate.n, 0),
      unassessed: cells.reduce((sum, cell) => sum + cell.estimate.unassessed, 0),
    },
    findings: plan ? cells.filter((cell) => isFinding(cell, plan)).map((cell) => claimId(campaign, cell)) : [],
    false_alarms: plan ? cells.filter((cell) => isFalseAlarm(cell, plan)).map((cell) => claimId(campaign, cell)) : [],
    truth: result?.truth_comparison ?? null,
  };
}

const claimId = (campaign, part) => `${campaign.id}/${namesOf(part)}`;

function claimsOf(campaign, assurances, asOf) {
  if (!campaign.result) return [];
  // A domain in which only controls were tried has no figure of its own.
  const names = [...new Set(campaign.cells.map(({ domain }) => domain))];
  const parts = names.flatMap((name) => [...campaign.domains, ...campaign.cells].filter(({ domain }) => domain === name));
  return parts.map((part) => claimOf(campaign, part, assurances, asOf));
}

function claimOf(campaign, part, assurances, asOf) {
  const own = ({ names }) =>
    names[0] === part.domain &&
    (part.strategy ? names[1] === part.strategy && names[2] === part.language : !isControl(names[1]));
  const command = campaign.result.reproduce;
  return {
    id: claimId(campaign, part),
    kind: part.strategy ? "cell" : "domain",
    campaign: campaign.id,
    model: campaign.model,
    domain: part.domain,
    strategy: part.strategy,
    language: part.language,
    probes: [...new Set(campaign.records.filter(own).map(({ probe }) => probe))].sort(byCodePoint),
    succeeded: part.succeeded,
    attempts: part.estimate.n + part.estimate.unassessed,
    estimate: part.corrected ?? part.estimate,
    worst: part.correctedWorst ?? part.worst,
    conclusive: isConclusive(part),
    raw: rawOf(part),
    decision: part.decision ?? null,
    hit: part.hit ?? null,
    finding: Boolean(part.strategy) && isFinding(part, campaign.plan),
    control: isControl(part.strategy),
    assurance: assurances.get(campaign.id),
    reproduce: command.startsWith("kept ") ? { command } : { reason: command },
    verified: asOf,
    evidence: [campaign.index, campaign.resultIndex],
  };
}

// What an erring judge said before it was corrected, and by what it was; null of a judge that states a bound.
function rawOf({ estimate, worst, corrected, calibrations }) {
  return corrected ? { estimate, worst, calibrations } : null;
}

const isConclusive = ({ estimate, corrected }) => estimate.n > 0 && !(corrected && isInconclusive(corrected));

const DOMAINS = ["bio", "chemical", "radiological", "cyber", "tool-use", "physical", "self-replication", "societal"];
const STRATEGIES = ["plain", "translation", "base64", "hex", "rot13", "leetspeak", "role-play", "many-shot"];
const LANGUAGES = ["en", "es", "ar", "sw"];

function coverageOf(model, campaigns) {
  const plans = campaigns.filter(({ plan }) => plan).map(({ plan }) => plan.plan);
  const axis = (promised, name) => [...new Set([...promised, ...plans.flatMap((plan) => plan[name])])];
  const domains = axis(DOMAINS, "domains");
  const strategies = axis(STRATEGIES, "strategies");
  const languages = axis(LANGUAGES, "languages");
  const probes = new Set(campaigns.filter(({ plan }) => plan).flatMap(({ plan }) => plan.probes));
  const tried = triedCells(campaigns);
  const stands = (domain, [strategy, language]) =>
    tried.has([domain, strategy, language].join("/")) || applies(domain, strategy, language, probes);
  const places = strategies.flatMap((strategy) => languages.map((language) => [strategy, language]));
  const held = places.filter((place) => domains.some((domain) => stands(domain, place)));
  const columns = [...new Set(held.map(([strategy]) => strategy))].map((strategy) => ({
    strategy,
    languages: held.filter(([name]) => name === strategy).map(([, language]) => language),
  }));
  const cells = domains.flatMap((domain) =>
    held.map(([strategy, language]) => {
      const found = tried.get([domain, strategy, language].join("/"));
      const state = found?.state ?? (applies(domain, strategy, language, probes) ? "not tested" : "not applicable");
      return { domain, strategy, language, state, claim: found?.claim ?? null };
    }),
  );
  const tested = cells.filter(({ state }) => state === "tested").length;
  const applicable = cells.filter(({ state }) => state !== "not applicable").length;
  return { model, domains, columns, cells, tested, applicable };
}

function applies(domain, strategy, language, probes) {
  if (strategy.startsWith("world-")) return language === "en" && probes.has(`${domain}-${strategy}`);
  if (strategy === "plain") return language === "en";
  return strategy !== "translation" || language !== "en";
}

// By cell, the best campaign: one that is conclusive, one that assessed it, a completed one, then the last.
function triedCells(campaigns) {
  const found = new Map();
  for (const campaign of campaigns) {
    for (const cell of campaign.cells) {
      const { n, unassessed } = cell.estimate;
      if (n + unassessed === 0) continue;
      const rank = [isConclusive(cell), n > 0, stateOfCampaign(campaign) === "completed", campaign.index].map(Number);
      const assessed = isConclusive(cell) ? "tested" : "inconclusive";
      const held = found.get(namesOf(cell));
      if (held && compareNumbers(held.rank, rank) > 0) continue;
      found.set(namesOf(cell), { rank, state: n > 0 ? assessed : "unassessed", claim: claimId(campaign, cell) });
    }
  }
  return found;
}

function compareNumbers(one, other) {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return one[i] - other[i];
  return 0;
}
