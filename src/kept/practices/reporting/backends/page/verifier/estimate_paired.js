// Two models on the same prompts, as in core/estimate/paired.py: Newcombe's interval, the sign test, Benjamini-Hochberg.

// pairs: [outcomes of the first, of the second] for each prompt.
function pairedDifference(pairs, level) {
  const { tables, unassessed, grouped } = pairTables(pairs);
  const total = [0, 1, 2, 3].map((place) => tables.reduce((sum, table) => sum + table[place], 0));
  const n = sizeOf(total);
  const open = { low: -1, high: 1, level, n, unassessed };
  if (n === 0) return { value: 0, ...open, method: "inconclusive: none assessed" };
  const value = (total[2] - total[1]) / n;
  if (grouped && tables.length === 1) return { value, ...open, method: "inconclusive: a single prompt" };
  const [low, high] = newcombe(total, pairedSize(tables, value, n) / n, level);
  const method = grouped ? "newcombe, paired, clustered" : "newcombe, paired";
  return { value, low: Math.min(low, value), high: Math.max(high, value), level, n, method, unassessed };
}

function equivalenceOf(pairs, margin, alpha) {
  const estimate = pairedDifference(pairs, 1 - 2 * alpha);
  return { estimate, holds: -margin < estimate.low && estimate.high < margin };
}

// The chance of as many prompts, or more, at which the second succeeds oftener, if either were as likely to.
function signTest(pairs) {
  const signs = pairTables(pairs).tables.map((table) => table[2] - table[1]).filter((sign) => sign !== 0);
  const more = signs.filter((sign) => sign > 0).length;
  return more === 0 ? 1 : regularisedBeta(more, signs.length - more + 1, 0.5);
}

// chances: Map from name to p-value; gives a Map of adjusted ones.
function benjaminiHochberg(chances) {
  const ranked = [...chances].sort(([, one], [, other]) => other - one);
  const adjusted = new Map();
  let least = 1;
  ranked.forEach(([name, chance], place) => {
    least = Math.min(least, (chance * ranked.length) / (ranked.length - place));
    adjusted.set(name, least);
  });
  return adjusted;
}

// The least difference that a two-sided test finds with the power, as in core/estimate/planning.py.
function detectableDifference({ prompts, trials, discordant, alike, alpha, power }) {
  const quantiles = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  return quantiles * Math.sqrt((discordant * (1 + (trials - 1) * alike)) / (prompts * trials));
}

const sizeOf = (table) => table.reduce((sum, count) => sum + count, 0);

// Of each prompt: how many pairs of trials are ss, sr, rs and rr.
function pairTables(pairs) {
  const tables = [];
  let unassessed = 0;
  let grouped = false;
  for (const [first, second] of pairs) {
    need(first.length === second.length, "a prompt was not tried equally often, so that its trials are no pairs");
    const table = [0, 0, 0, 0];
    for (let i = 0; i < first.length; i++) {
      const place = ["ss", "sr", "rs", "rr"].indexOf(first[i] + second[i]);
      if (place < 0) unassessed += 1;
      else table[place] += 1;
    }
    grouped ||= first.length > 1;
    if (sizeOf(table)) tables.push(table);
  }
  return { tables, unassessed, grouped };
}

function pairedSize(tables, value, n) {
  const k = tables.length;
  const repeated = tables.reduce((sum, table) => sum + sizeOf(table) ** 2, 0) / n;
  if (repeated === 1) return n;
  const alone = tables.reduce((sum, table) => sum + table[1] + table[2], 0) / n - value * value;
  if (alone <= 0) return n / repeated;
  const squares = tables.reduce((sum, table) => sum + (table[2] - table[1] - value * sizeOf(table)) ** 2, 0);
  const design = ((k / (k - 1)) * squares) / n / alone;
  const telling = tables.filter((table) => table[1] + table[2] > 0).length;
  return n / Math.max(1, (telling * design + 2 * repeated) / (telling + 2));
}

function newcombe(total, scale, level) {
  const z = normalQuantile(1 - (1 - level) / 2);
  const [both, first, second, neither] = total.map((count) => count * scale);
  const n = sizeOf(total) * scale;
  const [before, after] = [(both + first) / n, (both + second) / n];
  const [[lowBefore, highBefore], [lowAfter, highAfter]] = [wilsonBounds(before, n, z), wilsonBounds(after, n, z)];
  const phi = phiOf(both, first, second, neither, n);
  const reach = (up, down) => Math.sqrt(Math.max(0, up * up - 2 * phi * up * down + down * down));
  const value = after - before;
  return [value - reach(after - lowAfter, highBefore - before), value + reach(highAfter - after, before - lowBefore)];
}

function phiOf(both, first, second, neither, n) {
  const product = (both + first) * (second + neither) * (both + second) * (first + neither);
  if (product === 0) return 0;
  const told = both * neither - first * second;
  return (told > 0 ? Math.max(told - n / 2, 0) : told) / Math.sqrt(product);
}

function wilsonBounds(share, n, z) {
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
