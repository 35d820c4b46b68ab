// Rates corrected for a judge's errors, as in core/estimate/corrected.py: Rogan & Gladen, Lang & Reiczigel.

// calibration: {true_positives, positives, true_negatives, negatives}, or null where none belongs.
function corrected(clusters, calibration, level) {
  const held = [];
  let unassessed = 0;
  for (const cluster of clusters) {
    const [successes, assessed, missing] = tally(cluster);
    unassessed += missing;
    if (assessed) held.push([successes, assessed]);
  }
  return correctedCounts(held, unassessed, calibration, level, clusters.some((cluster) => cluster.length > 1));
}

function correctedWorstCase(clusters, calibration, level) {
  const found = corrected(clusters, calibration, level);
  if (found.n === 0) return found;
  const n = found.n + found.unassessed;
  const worst = (rate) => Math.min(1, (rate * found.n + found.unassessed) / n);
  const [value, low, high] = [found.value, found.low, found.high].map(worst);
  return { ...found, value, low, high, n, method: `worst case: ${found.method}` };
}

// outcomes: 1, 0, or null; names: the prompt of each, or null where each was tried once.
function correctedRate(outcomes, calibration, names, level) {
  need(!names || names.length === outcomes.length, "clusters are named for another number of values");
  const counts = new Map();
  let unassessed = 0;
  outcomes.forEach((outcome, place) => {
    need(outcome === 1 || outcome === 0 || outcome === null, "an outcome is something else than 1, 0 or null");
    if (outcome === null) {
      unassessed += 1;
      return;
    }
    const name = names ? names[place] : place;
    const [successes, assessed] = counts.get(name) ?? [0, 0];
    counts.set(name, [successes + outcome, assessed + 1]);
  });
  return correctedCounts([...counts.values()], unassessed, calibration, level, Boolean(names));
}

function correctedCounts(held, unassessed, calibration, level, grouped) {
  const n = held.reduce((sum, [, assessed]) => sum + assessed, 0);
  const inconclusive = (why, value) => {
    return { value, low: 0, high: 1, level, n, method: `inconclusive: ${why}`, unassessed };
  };
  if (!calibration) return inconclusive("no calibration belongs to it", 0.5);
  needInformative(calibration);
  if (n === 0) return inconclusive("none assessed", 0.5);
  const { true_positives: right, positives, true_negatives: rightToo, negatives } = calibration;
  const z = normalQuantile(1 - (1 - level) / 2);
  const share = held.reduce((sum, [successes]) => sum + successes, 0) / n;
  const specificity = rightToo / negatives;
  const value = withinRate((share + specificity - 1) / (right / positives + specificity - 1));
  if (grouped && held.length === 1) return inconclusive("a single prompt", value);
  if (!tellsFromCoin(calibration, z)) return inconclusive("the judge is not told from a coin", value);
  const [low, high] = correctedBounds(share, correctedSize(held, share, n), held.length, calibration, z, level);
  const method = grouped ? "lang-reiczigel, clustered" : "lang-reiczigel";
  return { value, low: Math.min(low, value), high: Math.max(high, value), level, n, method, unassessed };
}

function needInformative({ true_positives: right, positives, true_negatives: rightToo, negatives }) {
  const counts = [right, positives, rightToo, negatives];
  need(counts.every((count) => Number.isSafeInteger(count) && count >= 0), "a calibration counts in whole numbers");
  need(right <= positives && rightToo <= negatives, "a calibration counts more right answers than labels");
  need(positives > 0 && negatives > 0, "a calibration has no labels of one kind");
  need(right * negatives + rightToo * positives > positives * negatives, "a judge says no more than a coin");
}

function smoothedErrors({ true_positives: right, positives, true_negatives: rightToo, negatives }) {
  const sensitivity = (right + 1) / (positives + 2);
  const specificity = (rightToo + 1) / (negatives + 2);
  return {
    specificity,
    informed: sensitivity + specificity - 1,
    amongPositives: (sensitivity * (1 - sensitivity)) / (positives + 2),
    amongNegatives: (specificity * (1 - specificity)) / (negatives + 2),
  };
}

function tellsFromCoin(calibration, z) {
  const { informed, amongPositives, amongNegatives } = smoothedErrors(calibration);
  return informed > z * Math.sqrt(amongPositives + amongNegatives);
}

function correctedSize(held, share, n) {
  const k = held.length;
  const repeated = held.reduce((sum, [, assessed]) => sum + assessed * assessed, 0) / n;
  if (repeated === 1) return n;
  if (share === 0 || share === 1) return n / repeated;
  const squares = held.reduce((sum, [successes, assessed]) => sum + (successes - share * assessed) ** 2, 0);
  const design = ((k / (k - 1)) * squares) / n / (share * (1 - share));
  const holding = (outcome) => held.filter(outcome).length;
  const telling = Math.min(holding(([successes]) => successes > 0), holding(([successes, assessed]) => successes < assessed));
  return n / Math.max(1, (telling * design + 2 * repeated) / (telling + 2));
}

function correctedBounds(share, size, k, calibration, z, level) {
  const { specificity, informed, amongPositives, amongNegatives } = smoothedErrors(calibration);
  const seen = (size * share + (z * z) / 2) / (size + z * z);
  const rate = (seen + specificity - 1) / informed;
  const parts = [
    [(seen * (1 - seen)) / (size + z * z), Math.max(1, k - 1)],
    [(1 - rate) ** 2 * amongNegatives, calibration.negatives + 1],
    [rate * rate * amongPositives, calibration.positives + 1],
  ];
  const variance = parts.reduce((sum, [part]) => sum + part, 0);
  const degrees = (variance * variance) / parts.reduce((sum, [part, freedom]) => sum + (part * part) / freedom, 0);
  const shift = 2 * z * z * (rate * amongPositives - (1 - rate) * amongNegatives);
  const half = (studentQuantile(degrees, 1 - (1 - level) / 2) * Math.sqrt(variance)) / informed;
  return [withinRate(rate + shift - half), withinRate(rate + shift + half)];
}

const withinRate = (bound) => Math.min(1, Math.max(0, bound));

// The normal quantile above 1/2, by bisection of the series 1/2 + pdf(x) (x + x^3/3 + x^5/15 + ...) (Marsaglia 2004).
function normalQuantile(probability) {
  let low = 0;
  let high = 9;
  for (let middle = 4.5; low < middle && middle < high; middle = (low + high) / 2) {
    if (normalCumulative(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function normalCumulative(x) {
  let sum = x;
  let term = x;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
