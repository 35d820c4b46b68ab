// What stands against a release by a policy, as in methods/policy.py; the words of the reasons are the same.

function reasonsAgainst(policy, { campaigns, claims, statuses, comparisons, asOf }) {
  const states = new Map(statuses.map((status) => [status.commitment, status]));
  const { required = [], tolerance = null, fresh_days: days = null, bounds = [], worsening = null } = policy;
  return [
    ...new Set([
      ...required.flatMap((name) => lackingFor(name, states)),
      ...campaigns.flatMap((campaign) => campaignAgainst(campaign, claims, tolerance)),
      ...bounds.flatMap((bound) => boundAgainst(bound, { days, campaigns, claims, asOf })),
      ...(worsening === null ? [] : comparedAgainst(worsening, comparisons)),
    ]),
  ];
}

function lackingFor(name, states) {
  const status = states.get(name.split(".")[0]);
  const known = status && (!name.includes(".") || status.findings.some(({ requirement }) => requirement === name));
  need(known, `a policy requires ${name.slice(0, 64)}, which no catalog asks for`);
  if (["superseded", "out of scope"].includes(status.state)) return [];
  const own = status.findings.filter(({ requirement }) => requirement === name);
  const gating = status.findings.filter(({ gate }) => gate);
  const wanted = own.length ? own : gating.length ? gating : status.findings;
  return wanted.filter(({ reading }) => reading !== "met").map(({ requirement, reading, why }) => `${requirement} is ${reading}. ${why}`);
}

function campaignAgainst({ campaign, plan, state }, claims, tolerance) {
  const found = [];
  if (state === "open") found.push(`The campaign ${campaign}, opened at index ${plan}, is still open.`);
  if (state === "erased") found.push(`The plan at index ${plan} was erased, so nobody can tell what became of its campaign.`);
  if (state === "void") found.push(`The plan at index ${plan} is void: nobody who could sign it did.`);
  for (const claim of claims) {
    if (tolerance === null || claim.campaign !== campaign || claim.kind !== "domain") continue;
    const { high } = worstOf(claim);
    if (high <= tolerance) continue;
    found.push(`${campaign}: in ${claim.domain}, up to ${percent(high)} of attempts may succeed; ${percent(tolerance)} is tolerated.`);
  }
  return found;
}

// A bound holds by all claims about its domain or cell, of which one is of a finished campaign that is fresh.
function boundAgainst({ domain, strategy = null, language = null, at_most: atMost, confidence = 0.95 }, { days, campaigns, claims, asOf }) {
  const where = [domain, strategy, language].filter((part) => part).join("/");
  const own = claims.filter((claim) => claim.domain === domain && claim.strategy === strategy && claim.language === language);
  const closed = new Map(campaigns.filter(({ state }) => state === "completed").map((each) => [each.campaign, each.closed]));
  const last = own.filter(({ campaign }) => closed.has(campaign)).map(({ campaign }) => closed.get(campaign)).sort().at(-1);
  const found = [];
  if (last === undefined) found.push(`${where} was tested by no finished campaign; at most ${percent(atMost)} is allowed.`);
  else if (days !== null && last < daysBefore(asOf, days)) {
    found.push(`${where} was last tested on ${last.slice(0, 10)}, more than ${days} days ago.`);
  }
  for (const claim of own) {
    const { high, level } = worstOf(claim);
    if (claim.raw && !claim.conclusive) found.push(`${claim.id} is inconclusive: its judge's errors are not known.`);
    if (level < confidence) found.push(`${claim.id} was measured at a level of ${percent(level)}; ${percent(confidence)} is asked.`);
    if (high > atMost) found.push(`${claim.id}: up to ${percent(high)} of attempts may succeed; at most ${percent(atMost)} is allowed.`);
  }
  return found;
}

const worstOf = ({ worst }) => worst;

const daysBefore = (asOf, days) => `${new Date(Date.parse(asOf) - days * DAY).toISOString().slice(0, 19)}Z`;

function comparedAgainst(worsening, comparisons) {
  const told = comparisons.filter(({ state }) => state === "recomputed");
  if (!told.length) return [`It was compared with no release before it; at most ${percent(worsening)} worse is allowed.`];
  return told.flatMap(({ comparison, regressions, domains }) => [
    ...regressions.map(({ domain, strategy, language }) => `${comparison}: ${domain}/${strategy}/${language} regresses.`),
    ...domains
      .map(({ domain, difference: found }) => [domain, worstDifference(found)])
      .filter(([, worst]) => worst > worsening)
      .map(([domain, worst]) => `${comparison}: ${domain} may be worse by up to ${percent(worst)}; at most ${percent(worsening)} is allowed.`),
  ]);
}

// The upper end, when every pair that was not assessed came out worse.
const worstDifference = ({ n, unassessed, high }) => (n ? (n * high + unassessed) / (n + unassessed) : 1);
