// Statements whose figures or standing follow from what is beside them, as in predicates/study.py and its neighbours.

const KIND = "https://kept.example/predicates/";
const WHOLE_RANGE = "whole range: no spread";
const WORST = "worst case: ";

const MEASUREMENT = `${KIND}dataset-measurement/v1`;

const STUDIES = new Map([
  [`${KIND}external-finding/v1`, checkFinding],
  [`${KIND}expert-sign-off/v1`, checkSignOff],
  [`${KIND}uplift-study/v1`, checkUplift],
  [`${KIND}defensive-study/v1`, checkDefence],
  [`${KIND}imported-evaluation/v1`, checkEvaluation],
  [MEASUREMENT, checkMeasurement],
  [`${KIND}provenance-coverage/v1`, checkCoverage],
  [`${KIND}detector-evaluation/v1`, checkDetector],
]);

// What the report tells of each such statement, in the log's order.
function studiesOf(known) {
  const told = known.filter(({ predicate, fields }) => fields && STUDIES.has(predicate)).map((each) => {
    const study = studyOf(each);
    return each.predicate === POSTURE ? { ...study, state: computedAgain(each, known) } : study;
  });
  checkAnnounced(known.filter(({ predicate, fields }) => fields && predicate === MEASUREMENT));
  checkReplaysPlanned(known);
  checkSightingsPlanned(known);
  return told;
}

// A finished measurement was announced as it was made, and is finished once.
function checkAnnounced(measurements) {
  const announced = new Map();
  for (const { index, fields } of measurements) {
    const { state, plan, parts, issued, by, ...said } = fields;
    said.sampling = { temperature: 0, top_p: 1, max_tokens: 64, ...fields.sampling };
    if ((plan ?? null) === null) {
      announced.set(index, canonical(said));
      continue;
    }
    const same = announced.get(plan) === canonical(said);
    need(same, `the statement at index ${index} is not what was announced before it, or is there twice`);
    announced.delete(plan);
  }
}

function studyOf({ index, predicate, model, fields, roles }) {
  const wrong = (what) => `the statement at index ${index} ${what}`;
  needSchema(predicate, fields, `the statement at index ${index}`);
  need((fields.model ?? "") === model, wrong("is about another model than its entry names"));
  const posing = fields.signed_by === "outside" && roles.includes("provider");
  need(!posing, wrong("says that outsiders signed it, and the provider did"));
  const own = [fields.design?.preregistered ?? -1, fields.plan ?? -1];
  const sees = [...(fields.seen ?? []), ...own, ...seenByMeasures({ predicate, fields }), ...seenByReplays({ predicate, fields }), ...seenBySightings({ predicate, fields }), ...seenByFixes({ predicate, fields })];
  need(sees.every((seen) => seen < index), wrong("rests on what was recorded after it"));
  const figures = STUDIES.get(predicate)(fields, wrong);
  const assurance = roles.includes("provider") ? "self" : "third party";
  return { index, predicate, model, domain: fields.domain ?? "", state: fields.state ?? "", assurance, figures };
}

// Each of these throws a Failure, or gives the stated figures by name.

function checkFinding({ attempts, succeeded, unassessed, level, estimate, worst, transcripts }, wrong) {
  need(succeeded + unassessed <= attempts, wrong("counts more attempts than were made"));
  need(!transcripts || transcripts.leaves === attempts, wrong("commits to transcripts of another number of attempts"));
  const assessed = attempts - unassessed;
  const computed = {
    estimate: clopperPearson(succeeded, assessed, level, unassessed),
    worst: worstRate(succeeded, assessed, unassessed, level),
  };
  return sameFigures({ estimate, worst }, computed, wrong);
}

function checkSignOff({ opinion, dissent, seen }, wrong) {
  need((opinion === "supports") !== Boolean(dissent), wrong("dissents without a word, or supports with a dissent"));
  need(seen.every((index, i) => i === 0 || seen[i - 1] < index), wrong("lists what was seen out of order"));
  return {};
}

function checkUplift({ design, counts, scores, level, compared }, wrong) {
  const within = design.compared === "within people";
  need(!counts !== !scores, wrong("tells both counts and scores, or neither"));
  need(!within || scores, wrong("compares within people without their scores"));
  if (counts) {
    for (const { succeeded, finished } of [counts.with_model, counts.without_model]) {
      need(succeeded <= finished, wrong("has more people succeed than finish"));
    }
    const [one, other] = [counts.with_model, counts.without_model].map((arm) => [arm.succeeded, arm.finished, arm.lost]);
    return sameFigures(compared, comparedRates(one, other, level, true), wrong);
  }
  const { with_model: one, without_model: other, least, most } = scores;
  need(least < most, wrong("has a scale without extent"));
  const onScale = (score) => least <= score && score <= most;
  need(one.scores.every(onScale) && other.scores.every(onScale), wrong("has a score off the scale"));
  const paired = one.scores.length === other.scores.length && one.lost === other.lost;
  need(!within || paired, wrong("compares within people, and not the same ones"));
  return sameFigures(compared, comparedScores(scores, within, level), wrong);
}

function checkDefence({ with_model: one, without_model: other, level, found, fixed }, wrong) {
  for (const arm of [one, other]) {
    const possible = arm.fixed <= arm.found && arm.found <= arm.weaknesses - arm.unassessed;
    need(possible, wrong("has more fixed than found, or found than there were"));
  }
  const triple = (arm, name) => [arm[name], arm.weaknesses - arm.unassessed, arm.unassessed];
  const computed = (name) => comparedRates(triple(one, name), triple(other, name), level, false);
  return {
    found: sameFigures(found, computed("found"), wrong),
    fixed: sameFigures(fixed, computed("fixed"), wrong),
  };
}

function checkEvaluation({ parts, level }, wrong) {
  const rising = (rows, what) => need(rows.every((row, i) => i === 0 || compareRows(rows[i - 1], row) < 0), wrong(what));
  rising(parts.map(({ probe, category }) => [probe, category]), "tells a part twice, or out of order");
  const prompts = parts.flatMap(({ tallies }) => tallies.map((one) => one.prompts)).reduce((sum, count) => sum + count, 0);
  need(prompts <= 1000000, wrong("tells of more than 1000000 prompts"));
  const figures = {};
  for (const { probe, category, tallies, estimate, worst } of parts) {
    const outcomes = tallies.map((one) => [one.succeeded, one.resisted, one.unassessed]);
    rising(outcomes, "tells prompts that ended alike twice, or out of order");
    need(outcomes.every((row) => row.some((count) => count > 0)), wrong("has a prompt without a trial"));
    const clusters = tallies.flatMap(({ prompts: count, succeeded, resisted, unassessed }) =>
      Array(count).fill("s".repeat(succeeded) + "r".repeat(resisted) + "u".repeat(unassessed)),
    );
    const computed = { estimate: rate(clusters, level), worst: worstCase(clusters, level) };
    figures[`${probe}/${category}`] = sameFigures({ estimate, worst }, computed, wrong);
  }
  return figures;
}

function checkMeasurement({ state, plan, parts, dataset, level }, wrong) {
  const finished = state === "finished";
  const held = parts ?? [];
  const whole = finished === held.length > 0 && finished === ((plan ?? null) !== null);
  need(whole, wrong("is finished without its plan or parts, or planned with them"));
  const tallies = held.flatMap((part) => part.tallies);
  const once = tallies.every((one) => one.succeeded + one.resisted + one.unassessed === 1);
  need(once, wrong("asks an item more than once"));
  const items = tallies.reduce((sum, one) => sum + one.prompts, 0);
  need(!finished || items === dataset.items, wrong("doesn't tell every item"));
  return checkEvaluation({ parts: held, level }, wrong);
}

function checkCoverage({ found, n, low, level, estimate }, wrong) {
  const figures = checkShare({ found, n, estimate }, level, wrong);
  need(Math.abs(low - figures.estimate.low) <= 1e-9, wrong(`states low ${low}; its own counts give ${figures.estimate.low}`));
  return figures;
}

function checkDetector({ attacks, overall, unmarked, level }, wrong) {
  const figures = {};
  for (const part of attacks) figures[part.attack] = checkShare(part, level, wrong).estimate;
  figures.overall = checkShare(overall, level, wrong).estimate;
  figures.unmarked = checkShare(unmarked, level, wrong).estimate;
  return figures;
}

function checkShare({ found, n, estimate }, level, wrong) {
  need(found <= n, wrong("finds more pieces than there were"));
  return sameFigures({ estimate }, { estimate: clopperPearson(found, n, level, 0) }, wrong);
}

// The order of rows of texts, by code points, or of rows of numbers.
function compareRows(one, other) {
  const at = one.findIndex((value, i) => value !== other[i]);
  if (at < 0) return 0;
  return typeof one[at] === "number" ? one[at] - other[at] : byCodePoint(one[at], other[at]);
}

function sameFigures(stated, computed, wrong) {
  for (const [name, own] of Object.entries(computed)) {
    const held = stated[name];
    for (const [member, value] of Object.entries(own)) {
      const number = ["value", "low", "high", "level"].includes(member);
      const same = number ? Math.abs(value - held[member]) <= 1e-9 * Math.max(1, Math.abs(value)) : value === held[member];
      need(same, wrong(`states ${member} ${held[member]} for ${name}; its own counts give ${value}`));
    }
  }
  return stated;
}

function worstRate(succeeded, assessed, unassessed, level) {
  const found = clopperPearson(succeeded + unassessed, assessed + unassessed, level, unassessed);
  return found.n === 0 ? found : { ...found, method: WORST + found.method };
}

// The first rate minus the second, by square-and-add of their exact limits.
function differenceOfRates(one, other) {
  const n = one.n + other.n;
  const unassessed = one.unassessed + other.unassessed;
  const level = one.level;
  if (!one.n || !other.n) return { value: 0, low: -1, high: 1, level, n, method: "none assessed", unassessed };
  const value = one.value - other.value;
  const low = value - Math.hypot(one.value - one.low, other.high - other.value);
  const high = value + Math.hypot(one.high - one.value, other.value - other.low);
  return { value, low: Math.max(-1, low), high: Math.min(1, high), level, n, method: "mover: clopper-pearson", unassessed };
}

function comparedRates([s1, n1, u1], [s2, n2, u2], level, harmful) {
  const one = clopperPearson(s1, n1, level, u1);
  const other = clopperPearson(s2, n2, level, u2);
  const [up, down] = harmful ? [u1, 0] : [0, u2];
  const extreme = differenceOfRates(clopperPearson(s1 + up, n1 + u1, level), clopperPearson(s2 + down, n2 + u2, level));
  const worst = { ...extreme, method: WORST + extreme.method, unassessed: u1 + u2 };
  return { with_model: one, without_model: other, difference: differenceOfRates(one, other), worst };
}

function comparedScores({ with_model: one, without_model: other, least, most }, within, level) {
  const compare = within ? meanOfDifferences : differenceOfMeans;
  const lost = within ? one.lost : one.lost + other.lost;
  const filled = ({ scores, lost: count }, score) => [...scores, ...Array(count).fill(score)];
  const extreme = compare(filled(one, most), filled(other, least), most - least, lost, level);
  return {
    with_model: meanOf(one.scores, [least, most], one.lost, level),
    without_model: meanOf(other.scores, [least, most], other.lost, level),
    difference: compare(one.scores, other.scores, most - least, lost, level),
    worst: { ...extreme, method: WORST + extreme.method },
  };
}

const average = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function varianceOf(numbers) {
  const middle = average(numbers);
  return numbers.reduce((sum, number) => sum + (number - middle) ** 2, 0) / (numbers.length - 1);
}

// What rounding alone leaves is no spread.
const spreads = (variance, span) => variance > 1e-18 * span * span;

const student = (degrees, level) => studentQuantile(degrees, 1 - (1 - level) / 2);

function meanOf(scores, [least, most], unassessed, level) {
  const found = { value: average(scores), level, n: scores.length, unassessed };
  const variance = varianceOf(scores);
  if (!spreads(variance, most - least)) return { ...found, low: least, high: most, method: WHOLE_RANGE };
  const half = student(found.n - 1, level) * Math.sqrt(variance / found.n);
  return bounded(found, half, [least, most], "student's t");
}

// Of independent groups, by Welch.
function differenceOfMeans(one, other, span, unassessed, level) {
  const found = { value: average(one) - average(other), level, n: one.length + other.length, unassessed };
  const [a, b] = [varianceOf(one) / one.length, varianceOf(other) / other.length];
  if (!spreads(a + b, span)) return { ...found, low: -span, high: span, method: WHOLE_RANGE };
  const degrees = (a + b) ** 2 / (a ** 2 / (one.length - 1) + b ** 2 / (other.length - 1));
  return bounded(found, student(degrees, level) * Math.sqrt(a + b), [-span, span], "welch");
}

// Of the same people, in the same order.
function meanOfDifferences(one, other, span, unassessed, level) {
  const differences = one.map((score, i) => score - other[i]);
  const found = { value: average(differences), level, n: differences.length, unassessed };
  const variance = varianceOf(differences);
  if (!spreads(variance, span)) return { ...found, low: -span, high: span, method: WHOLE_RANGE };
  const half = student(found.n - 1, level) * Math.sqrt(variance / found.n);
  return bounded(found, half, [-span, span], "paired student's t");
}

function bounded({ value, ...rest }, half, [least, most], method) {
  const low = Math.min(value, Math.max(least, value - half));
  const high = Math.max(value, Math.min(most, value + half));
  return { value, low, high, ...rest, method };
}
