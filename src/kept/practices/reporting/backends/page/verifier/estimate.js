// Rates with their intervals, as in core/estimate: Clopper-Pearson, and Korn-Graubard where a prompt was repeated.

function rate(clusters, level) {
  const counts = [];
  let unassessed = 0;
  for (const cluster of clusters) {
    const [successes, assessed, others] = tally(cluster);
    unassessed += others;
    counts.push([successes, assessed]);
  }
  if (counts.some(([, assessed]) => assessed > 1)) return clustered(counts, level, unassessed);
  const total = (column) => counts.reduce((sum, count) => sum + count[column], 0);
  return clopperPearson(total(0), total(1), level, unassessed);
}

// Successes, assessed and unassessed trials of one prompt.
function tally(cluster) {
  need(typeof cluster === "string" && /^[sru]*$/.test(cluster), "an outcome is something else than s, r or u");
  const successes = cluster.split("s").length - 1;
  const assessed = successes + cluster.split("r").length - 1;
  return [successes, assessed, cluster.length - assessed];
}

function worstCase(clusters, level) {
  const found = rate(clusters.map((cluster) => cluster.replaceAll("u", "s")), level);
  if (found.n === 0) return found;
  const unassessed = clusters.reduce((sum, cluster) => sum + cluster.split("u").length - 1, 0);
  return { ...found, method: `worst case: ${found.method}`, unassessed };
}

function clopperPearson(successes, n, level, unassessed = 0) {
  if (n === 0) return noneAssessed(level, unassessed);
  const [low, high] = exactBounds(successes, n, level);
  return { value: successes / n, low, high, level, n, method: "clopper-pearson", unassessed };
}

function clustered(counts, level, unassessed = 0) {
  const held = counts.filter(([, assessed]) => assessed > 0);
  const n = held.reduce((sum, [, assessed]) => sum + assessed, 0);
  const total = held.reduce((sum, [successes]) => sum + successes, 0);
  const k = held.length;
  if (n === 0) return noneAssessed(level, unassessed);
  const found = { value: total / n, low: 0, high: 1, level, n, method: "korn-graubard", unassessed };
  if (k === 1) return found;
  const extreme = total === 0 || total === n;
  const effective = extreme ? k : effectiveSize(held, total, n, level);
  const [low, high] = exactBounds(total < n ? effective * (total / n) : effective, effective, level);
  return { ...found, low, high };
}

function effectiveSize(held, total, n, level) {
  const share = total / n;
  const k = held.length;
  const squares = held.reduce((sum, [successes, assessed]) => sum + (successes - share * assessed) ** 2, 0);
  const variance = ((k / (k - 1)) * squares) / (n * n);
  if (variance === 0) return n;
  const quantile = 1 - (1 - level) / 2;
  const shrink = studentQuantile(n - 1, quantile) / studentQuantile(k - 1, quantile);
  return Math.min(n, ((share * (1 - share)) / variance) * shrink * shrink);
}

function exactBounds(successes, n, level) {
  const tail = (1 - level) / 2;
  const low = successes <= 0 ? 0 : inverseBeta(successes, n - successes + 1, tail);
  const high = successes >= n ? 1 : inverseBeta(successes + 1, n - successes, 1 - tail);
  return [Math.min(low, successes / n), Math.max(high, successes / n)];
}

function noneAssessed(level, unassessed) {
  return { value: 0, low: 0, high: 1, level, n: 0, method: "none assessed", unassessed };
}

// Student's t through the beta distribution (Abramowitz & Stegun 26.7.1).
function studentQuantile(degrees, probability) {
  const x = inverseBeta(degrees / 2, 0.5, 2 * (1 - probability));
  return Math.sqrt((degrees * (1 - x)) / x);
}

// The x at which the regularised incomplete beta function reaches the probability, by bisection.
function inverseBeta(a, b, probability) {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 200 && high - low > 0; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (regularisedBeta(a, b, middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

// Continued fraction by Lentz's method (Numerical Recipes, section 6.4).
function regularisedBeta(a, b, x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(b, a, 1 - x);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m < 100000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * fraction;
}

const nonZero = (value, tiny) => (Math.abs(value) < tiny ? tiny : value);

const logBeta = (a, b) => logGamma(a) + logGamma(b) - logGamma(a + b);

// Stirling's series above 15, reached by the recurrence (Abramowitz & Stegun 6.1.40).
function logGamma(x) {
  let shift = 0;
  while (x < 15) {
    shift += Math.log(x);
    x += 1;
  }
  const y = 1 / (x * x);
  const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - (y * 691) / 360360))))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
