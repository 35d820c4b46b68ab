// Cells that stop early: their order, where they had to stop, and their figures, as in predicates/stopping.py and outcomes.py.

// How the plan's cells are watched, or null where every planned attempt is made.
function watchedBy({ plan, probes, cells }) {
  const { stop, prompts, trials } = plan;
  if (stop === "fixed") return null;
  return { probes, bound: stop.bound, alpha: stop.over === "campaign" ? stop.alpha / cells : stop.alpha, prompts, trials };
}

// How many answers the judge could have erred on: where outcomes decide how many are made, all that were planned.
const opportunities = ({ plan }, assessed) => (plan.stop === "fixed" ? assessed : plan.prompts * plan.trials);

// Every cell with its prompts in the order of their trying: prompt j * k + p is the j-th of the p-th of k probes.
function orderedCells(records, watched) {
  const cells = new Map();
  for (const { names, clusters, probe } of records) {
    const key = names.slice(0, 3).join("\n");
    if (!cells.has(key)) cells.set(key, { names: names.slice(0, 3), held: new Map() });
    need(watched.probes.includes(probe), `the plan has no probe ${probe}`);
    cells.get(key).held.set(probe, clusters);
  }
  return [...cells.values()].map(({ names, held }) => ({ names, clusters: inOrder(held, watched) }));
}

function inOrder(held, { probes }) {
  const rows = [...new Set(probes)].filter((probe) => held.has(probe)).map((probe) => held.get(probe));
  const longest = Math.max(0, ...rows.map((row) => row.length));
  const found = [];
  for (let turn = 0; turn < longest; turn += 1) for (const row of rows) found.push(row[turn] ?? "");
  while (found.length && found[found.length - 1] === "") found.pop();
  return found;
}

function wholePrompts(clusters, { trials }) {
  const lacking = clusters.findIndex((cluster) => cluster.length !== trials);
  return lacking < 0 ? clusters.length : lacking;
}

const stopOf = (clusters, watched) =>
  stoppingPoint(clusters.slice(0, wholePrompts(clusters, watched)), watched.bound, watched.alpha);

function checkStops(cells, watched, completed, wrong) {
  for (const { names, clusters } of cells) {
    const where = names.join("/");
    const whole = wholePrompts(clusters, watched);
    const { decision, prompts: after } = stopOf(clusters, watched);
    const decided = decision !== "open";
    need(!decided || clusters.length <= after, wrong(`${where} went on after it was found to be ${decision} the bound`));
    if (!completed) {
      need(clusters.length <= whole + 1, wrong(`${where} left out a prompt`));
      continue;
    }
    need(whole === clusters.length, wrong(`${where} lacks some of the attempts at a prompt`));
    need(decided || whole >= watched.prompts, wrong(`${where} stopped although nothing was decided`));
  }
}

function anytimePair(clusters, level) {
  const estimate = anytime(clusters, level);
  const worst = anytime(clusters.map((cluster) => cluster.replaceAll("u", "s")), level);
  if (worst.n) Object.assign(worst, { method: `worst case: ${worst.method}`, unassessed: estimate.unassessed });
  return { estimate, worst };
}

const successesIn = (clusters) => clusters.reduce((sum, cluster) => sum + cluster.split("s").length - 1, 0);

function watchedCells(cells, watched, level) {
  return cells.map(({ names: [domain, strategy, language], clusters }) => ({
    domain,
    strategy,
    language,
    succeeded: successesIn(clusters),
    ...anytimePair(clusters, level),
    decision: stopOf(clusters, watched).decision,
  }));
}

// Cells of different length can't be pooled: a domain's estimate is of the mean of its cells' rates.
function meansOfCells(cells, level) {
  const domains = new Map();
  for (const { names: [domain], clusters } of cells) domains.set(domain, [...(domains.get(domain) ?? []), clusters]);
  return [...domains].map(([domain, held]) => {
    const pairs = held.map((clusters) => anytimePair(clusters, 1 - (1 - level) / held.length));
    return {
      domain,
      strategy: null,
      language: null,
      succeeded: held.reduce((sum, clusters) => sum + successesIn(clusters), 0),
      estimate: meanEstimate(pairs.map((pair) => pair.estimate), level),
      worst: meanEstimate(pairs.map((pair) => pair.worst), level),
    };
  });
}

function meanEstimate(estimates, level) {
  const total = (list, name) => list.reduce((sum, each) => sum + each[name], 0);
  const assessed = estimates.filter((each) => each.n);
  const unassessed = total(estimates, "unassessed");
  if (assessed.length === 0) return { ...estimates[0], level, unassessed };
  return {
    value: total(assessed, "value") / assessed.length,
    low: total(estimates, "low") / estimates.length,
    high: total(estimates, "high") / estimates.length,
    level,
    n: total(assessed, "n"),
    method: `mean of cells: ${assessed[0].method}`,
    unassessed,
  };
}
