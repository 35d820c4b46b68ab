// Cohen's kappa with its interval, as in core/agreement.py.

function cohenKappa(table, level, unassessed) {
  const places = table.map((_, at) => at);
  const n = table.flat().reduce((sum, count) => sum + count, 0);
  const unknown = (why) => ({ value: 0, low: -1, high: 1, level, n, method: `cohen-kappa: ${why}`, unassessed });
  if (n === 0) return unknown("too few items");
  const share = table.map((row) => row.map((count) => count / n));
  const rows = share.map((row) => row.reduce((sum, each) => sum + each, 0));
  const columns = places.map((at) => share.reduce((sum, row) => sum + row[at], 0));
  const observed = places.reduce((sum, at) => sum + share[at][at], 0);
  const expected = places.reduce((sum, at) => sum + rows[at] * columns[at], 0);
  if (expected >= 1) return unknown("one category only");
  const value = (observed - expected) / (1 - expected);
  const found = { value, level, n, method: "cohen-kappa", unassessed };
  if (places.reduce((sum, at) => sum + table[at][at], 0) === n) {
    const low = (clopperPearson(n, n, level).low - expected) / (1 - expected);
    return { ...found, low: Math.max(-1, low), high: 1 };
  }
  const half = normalQuantile(1 - (1 - level) / 2) * Math.sqrt(kappaVariance(share, rows, columns, value, expected) / n);
  return { ...found, low: Math.max(-1, value - half), high: Math.min(1, value + half) };
}

// n times the variance of kappa (Fleiss, Cohen & Everitt 1969, equation 13).
function kappaVariance(share, rows, columns, kappa, expected) {
  let [agreeing, differing] = [0, 0];
  share.forEach((row, i) => row.forEach((each, j) => {
    if (i === j) agreeing += each * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2;
    else differing += each * (columns[i] + rows[j]) ** 2;
  }));
  const less = kappa - expected * (1 - kappa);
  return Math.max(0, agreeing + (1 - kappa) ** 2 * differing - less * less) / (1 - expected) ** 2;
}
