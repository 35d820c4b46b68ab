// Figures of a campaign whose judge errs, corrected by the calibrations that its result names, as in predicates/correction.py.

const judgeErrs = (plan) => (plan.judge.false_positive_bound ?? null) === null;
const isUnread = ({ corrected }) => corrected?.method === "inconclusive: a calibration can't be read";
const isInconclusive = (estimate) => estimate.method.startsWith("inconclusive");

// recorded: {index, model, calibration} each; the calibration is null where it can't be read.
function correctionOf(plan, model, recorded) {
  return { level: plan.plan.level, matching: recorded.filter((each) => !each.calibration || calibrationBelongs(each.calibration, plan, model)) };
}

function calibrationBelongs({ judge: own, model: judged }, { judge }, model) {
  const same = (name) => (own[name] ?? null) === (judge[name] ?? null);
  return judged === model && ["name", "version", "rubric", "model"].every(same);
}

const calibrationCovers = (calibration, cell) => ["domain", "strategy", "language"].every((name) => ["*", cell[name]].includes(calibration[name]));

// The last calibration that covers a cell, or that can't be read and may.
function calibrationFor({ matching }, cell) {
  const held = matching.filter(({ calibration }) => !calibration || calibrationCovers(calibration, cell));
  return held.reduce((last, each) => (last && last.index > each.index ? last : each), null);
}

// The upper confidence bound of the judge's false-positive rate in a cell; 1 where nothing is known.
function falsePositiveBound(correction, cell) {
  const known = calibrationFor(correction, cell)?.calibration;
  if (!known) return 1;
  return clopperPearson(known.negatives - known.true_negatives, known.negatives, correction.level).high;
}

function applyCorrection(correction, part, records) {
  const groups = new Map();
  for (const record of records) {
    const [domain, strategy, language] = record.names;
    const found = calibrationFor(correction, { domain, strategy, language });
    const key = found ? found.index : -1;
    if (!groups.has(key)) groups.set(key, { found, clusters: [] });
    for (const cluster of record.clusters) groups.get(key).clusters.push(cluster);
  }
  const held = [...groups].sort(([one], [other]) => one - other).map(([, group]) => group);
  const estimate = correctedTogether(correction, held, part.estimate);
  return {
    ...part,
    corrected: estimate,
    correctedWorst: worstOfCorrected(estimate),
    calibrations: held.filter(({ found }) => found).map(({ found }) => found.index),
    bound: part.strategy ? falsePositiveBound(correction, part) : 1,
  };
}

function correctedTogether({ level }, groups, { n, unassessed }) {
  const useless = groups.map(({ found }) => whyUseless(found)).find((why) => why);
  if (useless) return { value: 0.5, low: 0, high: 1, level, n, method: `inconclusive: ${useless}`, unassessed };
  const each = groups.length < 2 ? level : 1 - (1 - level) / groups.length;
  const all = groups.map(({ found, clusters }) => corrected(clusters, found.calibration, each));
  if (all.length === 1) return all[0];
  const parts = all.filter((part) => part.n);
  const unclear = parts.find(isInconclusive);
  if (unclear || !parts.length) {
    const method = unclear ? unclear.method : "inconclusive: none assessed";
    return { value: 0.5, low: 0, high: 1, level, n, method, unassessed };
  }
  const together = (name) => parts.reduce((sum, part) => sum + part[name] * part.n, 0) / n;
  const value = together("value");
  const [low, high] = [Math.min(together("low"), value), Math.max(together("high"), value)];
  return { value, low, high, level, n, method: "lang-reiczigel, by calibration", unassessed };
}

function whyUseless(found) {
  if (!found) return "no calibration belongs to it";
  const known = found.calibration;
  if (!known) return "a calibration can't be read";
  if (!known.positives || !known.negatives) return "the labels are of one kind";
  const told = known.true_positives * known.negatives + known.true_negatives * known.positives;
  return told <= known.positives * known.negatives ? "the judge says no more than a coin" : "";
}

function worstOfCorrected(found) {
  const method = `worst case: ${found.method}`;
  const n = found.n + found.unassessed;
  if (!n) return { ...found, method };
  const worst = (rate) => Math.min(1, (rate * found.n + found.unassessed) / n);
  return { ...found, value: worst(found.value), low: worst(found.low), high: worst(found.high), n, method };
}

// The parts with corrected figures, once the result names the calibrations that it must; without a judge that errs, as they are.
function correctedParts(campaign, calibrations, records, wrong) {
  const { plan, result, model } = campaign;
  const named = result.calibrations ?? null;
  if (!judgeErrs(plan)) {
    need(named === null, wrong("it names calibrations of a judge that states a bound of its errors"));
    return;
  }
  need(named !== null, wrong("its judge errs, and it names no calibrations"));
  const before = calibrations.filter((each) => each.model === model && each.index < campaign.resultIndex);
  const taken = before.filter(({ index }) => named.includes(index));
  need(taken.length === named.length, wrong("it names a calibration that is none of its model, recorded before it"));
  const correction = correctionOf(plan, model, taken);
  const own = recordsByPart(records);
  for (const kind of ["domains", "cells"]) campaign[kind] = campaign[kind].map((part) => applyCorrection(correction, part, own.get(namesOf(part))));
  const marked = new Set(result.cells.filter(({ finding }) => finding).map(namesOf));
  for (const cell of campaign.cells.filter(isUnread)) cell.stated = marked.has(namesOf(cell));
  const readable = correctionOf(plan, model, before.filter(({ calibration }) => calibration));
  for (const cell of campaign.cells) {
    const [last, one] = [calibrationFor(readable, cell), calibrationFor(correction, cell)];
    need(!last || (one && last.index <= one.index), wrong(`${namesOf(cell)}: a newer calibration is left out`));
  }
  const used = new Set(campaign.cells.flatMap((cell) => cell.calibrations));
  const idle = taken.find(({ index, calibration }) => calibration && !used.has(index));
  need(!idle, wrong("it names a calibration that no cell rests on"));
}

// By domain and by cell, the records that count there: a domain's are all but those of controls.
function recordsByPart(records) {
  const found = new Map();
  for (const record of records) {
    const cell = record.names.slice(0, 3);
    for (const key of isControl(cell[1]) ? [cell.join("/")] : [cell[0], cell.join("/")]) {
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(record);
    }
  }
  return found;
}

function compareCorrected(figures, part, where, wrong) {
  const stated = [figures.corrected ?? null, figures.corrected_worst ?? null];
  const computed = [part.corrected ?? null, part.correctedWorst ?? null];
  need(stated.every((one, i) => (one === null) === (computed[i] === null)), wrong(`${where}: corrected figures are stated without an erring judge, or lacking with one`));
  if (!part.corrected || isUnread(part)) return;
  need(!difference(stated[0], computed[0]), wrong(`${where}: the corrected figure stated is not the one recomputed`));
  need(!difference(stated[1], computed[1]), wrong(`${where}: the corrected worst case stated is not the one recomputed`));
}
