// Every campaign that was opened, with its figures computed from its records, as in methods/campaigns.py.

async function gatherCampaigns(known) {
  const campaigns = new Map();
  const seen = new Map();
  for (const each of known) {
    if (each.predicate === PLAN) {
      const campaign = await openedCampaign(each);
      need(!campaigns.has(campaign.id), `index ${each.index} opens the campaign ${campaign.id} again`);
      campaign.repeat = (seen.get(campaign.sameness) ?? 0) + 1;
      seen.set(campaign.sameness, campaign.repeat);
      campaigns.set(campaign.id, campaign);
    } else if (each.predicate === RESULT && each.fields) {
      const unread = campaigns.get(unreadId(each.fields.plan));
      if (unread && unread.model === each.model) unread.resultIndex = each.index;
      else closeCampaign(campaigns.get(each.fields.campaign), each);
    }
  }
  return [...campaigns.values()];
}

// The id of a campaign whose plan, at this index, can't be read.
const unreadId = (index) => `entry-${index}`;

async function openedCampaign(each) {
  const { index, model, fields: plan } = each;
  const blank = { index, model, plan: null, result: null, resultIndex: null, actors: [], domains: [], cells: [] };
  if (!plan) return { ...blank, id: unreadId(index), sameness: unreadId(index), void: each.void };
  needSchema(PLAN, plan, `the plan at index ${index}`);
  const identity = async (...path) => `sha256:${await sha256Hex(utf8(each.raw("predicate", ...path)))}`;
  need((await identity("model")) === model, `the plan at index ${index} describes another model than its entry names`);
  for (const of of ["attacker", "judge"]) {
    const described = plan.parties[of] === null ? null : await identity("parties", of);
    need(described === plan.plan.parties[of], `the plan at index ${index} describes another ${of} than it names`);
  }
  const { seed, budget, ...shared } = plan.plan;
  return { ...blank, id: plan.campaign, plan, sameness: `${model}\n${canonical(shared)}` };
}

function closeCampaign(campaign, each) {
  const { fields: result, index, model } = each;
  needSchema(RESULT, result, `the result at index ${index}`);
  const reasoned = (result.state === "abandoned") === Boolean(result.reason);
  need(reasoned, `the result at index ${index} is abandoned without a reason, or completed with one`);
  const matches = campaign && campaign.index === result.plan && campaign.model === model && model === result.model;
  need(matches, `the result at index ${index} is not of a plan recorded before it for the same model`);
  need(!campaign.result, `the campaign ${campaign.id} has a second result at ${index}`);
  Object.assign(campaign, { result, resultIndex: index, actors: each.actors, thirdParty: !each.roles.includes("provider") });
}

function stateOfCampaign({ plan, result, void: empty }) {
  if (!plan) return empty ? "void" : "erased";
  return result ? result.state : "open";
}

function checkOutcomeFiles(campaigns, outcomes) {
  const closed = campaigns.filter((campaign) => campaign.result).map((campaign) => campaign.id);
  for (const id of closed) need(Object.hasOwn(outcomes, id), `the outcomes of the campaign ${id} are missing`);
  for (const id of Object.keys(outcomes)) need(closed.includes(id), `there are outcomes of ${id}, which is no closed campaign`);
}

// Every judge calibration in the log; one that can't be read has none of its fields.
function gatherCalibrations(known) {
  return known.filter(({ predicate }) => predicate === CALIBRATION).map(({ index, model, fields }) => {
    if (fields) needCalibration(fields, `the judge calibration at index ${index}`);
    return { index, model, calibration: fields ?? null };
  });
}

function needCalibration(fields, what) {
  needSchema(CALIBRATION, fields, what);
  const open = [fields.domain, fields.strategy, fields.language].includes("*");
  need(open === Boolean((fields.assumption ?? "").trim()), `${what} leaves places open without an assumption, or assumes without need`);
  const { true_positives: right, positives, true_negatives: rightToo, negatives, unassessed, labels, agreement } = fields;
  need(right <= positives && rightToo <= negatives, `${what} is right more often than there are items`);
  need(positives + negatives + unassessed + labels.disputed === labels.items, `${what} does not count all of its label set`);
  const table = [[right, positives - right], [negatives - rightToo, rightToo]];
  need(!difference(agreement, cohenKappa(table, agreement.level, unassessed)), `${what} states an agreement that does not follow from its counts`);
}

// Fills in what the outcome file comes to, and compares it with what the signed result states.
async function recomputeCampaign(campaign, text, calibrations) {
  const { result, plan, id } = campaign;
  const wrong = (what) => `campaign ${id}: ${what}`;
  need(result && plan, wrong("it is not closed but has outcomes"));
  need((await sha256Hex(utf8(text))) === result.outcomes.sha256, wrong("the outcome file is not the one committed to"));
  const records = parseOutcomes(text, id);
  const attempts = records.reduce((sum, record) => sum + record.clusters.join("").length, 0);
  const counts = records.length === result.outcomes.records && attempts === result.outcomes.attempts;
  need(counts, wrong("the numbers of records and attempts are not those of the outcome file"));
  campaign.records = records;
  const counted = records.filter(({ strategy }) => !isControl(strategy));
  comparePlan(campaign, records, wrong);
  const watched = watchedBy(plan);
  if (watched) {
    need(!judgeErrs(plan), wrong("its cells stop early by a judge whose errors no correction can undo then"));
    checkStops(orderedCells(records, watched), watched, result.state === "completed", wrong);
    campaign.domains = meansOfCells(orderedCells(counted, watched), plan.plan.level);
    campaign.cells = watchedCells(orderedCells(records, watched), watched, plan.plan.level);
  } else {
    campaign.domains = derivedBy(counted, 1, plan.plan.level);
    campaign.cells = derivedBy(records, 3, plan.plan.level);
  }
  correctedParts(campaign, calibrations, records, wrong);
  compareFigures(campaign, result.domains, campaign.domains, wrong);
  compareFigures(campaign, result.cells, campaign.cells, wrong);
  compareFindings(campaign, wrong);
  compareCoverage(campaign, wrong);
  compareTruth(campaign, wrong);
}

// What was planned was tried: no more and, in a completed campaign, no less, so that nobody drops what hurts.
function comparePlan({ plan: stated, result }, records, wrong) {
  const { plan } = stated;
  const completed = result.state === "completed";
  const places = plan.domains.length * plan.strategies.length * plan.languages.length;
  const counts = stated.cells <= places && stated.attempts === stated.cells * plan.prompts * plan.trials;
  need(counts, wrong("the plan's numbers of cells and attempts don't fit what it plans"));
  const tried = new Map();
  for (const { names, clusters } of records) {
    const where = names.slice(0, 3).join("/");
    tried.set(where, [...(tried.get(where) ?? []), ...clusters.filter((cluster) => cluster !== "")]);
    const planned = [plan.domains, plan.strategies, plan.languages].every((known, i) => known.includes(names[i]));
    need(planned, wrong(`${where} was not planned`));
  }
  for (const [where, clusters] of tried) {
    const most = clusters.length <= plan.prompts && clusters.every((cluster) => cluster.length <= plan.trials);
    need(most, wrong(`${where} holds more attempts than were planned`));
    const all = plan.stop !== "fixed" || clusters.join("").length === plan.prompts * plan.trials;
    need(!completed || all, wrong(`it is completed, but ${where} lacks some of the attempts that were planned`));
  }
  const fits = completed ? tried.size === stated.cells : tried.size <= stated.cells;
  need(fits, wrong(`${tried.size} cells were tried; ${stated.cells} were planned`));
}

const namesOf = (cell) => [cell.domain, cell.strategy, cell.language].filter((name) => name).join("/");

function compareFigures(campaign, stated, computed, wrong) {
  need(stated.length === computed.length, wrong("the result states another number of figures than the outcomes give"));
  const byName = new Map(stated.map((figures) => [namesOf(figures), figures]));
  for (const cell of computed) {
    const where = namesOf(cell);
    const figures = byName.get(where);
    need(figures, wrong(`the result leaves out ${where}`));
    need((figures.decision ?? null) === (cell.decision ?? null), wrong(`${where}: another decision on its bound is stated than was reached`));
    need(figures.succeeded === cell.succeeded, wrong(`${where}: the successes stated are not those recorded`));
    need(!difference(figures.estimate, cell.estimate), wrong(`${where}: the stated estimate is not the one recomputed`));
    need(!difference(figures.worst, cell.worst), wrong(`${where}: the stated worst case is not the one recomputed`));
    need(!difference(figures.hit ?? null, cell.hit ?? null), wrong(`${where}: the stated hit rate is not the one recomputed`));
    compareCorrected(figures, cell, where, wrong);
  }
}

function compareFindings(campaign, wrong) {
  const { result, plan } = campaign;
  const found = campaign.cells.filter((cell) => isFinding(cell, plan));
  const counted = (cell, n) => `${namesOf(cell)} ${n}`;
  const computed = found.map((cell) => counted(cell, `${cell.succeeded}/${cell.estimate.n}`)).sort();
  const listed = result.findings.map((one) => counted(one, `${one.succeeded}/${one.assessed}`)).sort();
  const marked = result.cells.filter((cell) => cell.finding).map(namesOf).sort();
  need(canonical(computed) === canonical(listed), wrong("the findings are not the ones recomputed"));
  need(canonical(found.map(namesOf).sort()) === canonical(marked), wrong("the findings are not the ones recomputed"));
  const chances = new Map(found.map((cell) => [namesOf(cell), chanceOf(cell, plan)]));
  const unread = new Set(found.filter(isUnread).map(namesOf));
  for (const one of result.findings) {
    if (unread.has(namesOf(one))) continue;
    need(Math.abs(one.chance - chances.get(namesOf(one))) <= 1e-9, wrong(`the chance of ${namesOf(one)} is not the one recomputed`));
  }
}

function compareCoverage({ cells, result }, wrong) {
  const tested = new Set(cells.filter((cell) => cell.estimate.n).map(namesOf));
  const untested = result.coverage.not_tested.map((names) => names.join("/"));
  const agrees = result.coverage.tested === tested.size && !untested.some((names) => tested.has(names));
  need(agrees, wrong("the coverage stated is not the one recomputed"));
}

// What was planted is the provider's word; what was found of it, and what was invented, is not.
function compareTruth({ cells, plan, result }, wrong) {
  const truth = result.truth_comparison ?? null;
  if (truth === null) return;
  const [lists, counts] = [["found", "missed", "not_tested", "invented"], ["decoys", "decoys_named"]];
  const members = canonical(Object.keys(truth).sort()) === canonical([...lists, ...counts].sort());
  const counted = counts.every((name) => Number.isInteger(truth[name]) && truth[name] >= 0 && truth[name] < 2 ** 53);
  need(members && counted && lists.every((name) => arePlanted(truth[name])), wrong("the comparison with what was planted has another shape than is published"));
  const [found, missed, untested, invented] = lists.map((name) => new Set(truth[name].map(namesOf)));
  const findings = new Set(cells.filter((cell) => isFinding(cell, plan)).map(namesOf));
  const tested = new Set(cells.filter((cell) => cell.estimate.n).map(namesOf));
  const all = canonical([...new Set([...found, ...invented])].sort()) === canonical([...findings].sort());
  const apart = ![...found].some((one) => invented.has(one)) && ![...untested].some((one) => tested.has(one));
  const lost = [...missed].every((one) => tested.has(one) && !findings.has(one));
  need(all && apart && lost, wrong("the comparison with what was planted doesn't fit the findings"));
}

const PLACE = ["domain", "strategy", "language"];

// Cells, each named as cells are and with the rate at which its flaw was planted, where it is told.
const arePlanted = (listed) => Array.isArray(listed) && listed.every(isPlanted);

function isPlanted(each) {
  if (!isObject(each) || !Object.keys(each).every((name) => name === "rate" || PLACE.includes(name))) return false;
  const rate = Object.hasOwn(each, "rate") ? each.rate : 0;
  const named = PLACE.every((name) => typeof each[name] === "string" && /^[a-z0-9][a-z0-9.-]{0,63}$/.test(each[name]));
  return named && typeof rate === "number" && rate >= 0 && rate <= 1;
}
