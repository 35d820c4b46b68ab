// When a cell had to stop, and the interval that looking at every prompt leaves valid, as in core/estimate.

// [odds multiplier, share of the stake]
const BELOW = [
  [1 / 14, 0.8], [1 / 5, 0.12], [1 / 2.5, 0.03], [1 / 1.6, 0.02], [1 / 1.2, 0.015], [1 / 1.07, 0.01], [1 / 1.02, 0.005],
];
const ABOVE = [[12, 0.1], [5, 0.58], [2.5, 0.22], [1.6, 0.06], [1.2, 0.025], [1.07, 0.01], [1.02, 0.005]];

function bettor(stakes) {
  return { stakes, n: 0, winnings: stakes.map(() => 0) };
}

function seeShare(one, share) {
  one.n += 1;
  one.stakes.forEach(([multiplier], place) => {
    one.winnings[place] += Math.log(1 + (multiplier - 1) * share);
  });
}

function logCapital(one, mean) {
  const logs = one.stakes.map(
    ([multiplier, stake], place) =>
      Math.log(stake) + one.winnings[place] - one.n * Math.log(1 + (multiplier - 1) * mean),
  );
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - most), 0));
}

function seePrompt(outcomes, below, above) {
  const [successes, assessed, unassessed] = tally(outcomes);
  const trials = assessed + unassessed;
  if (trials) {
    seeShare(below, (successes + unassessed) / trials);
    seeShare(above, successes / trials);
  }
  return [successes, assessed, unassessed];
}

// Where the sequential test stops: {decision: "below" | "above" | "open", prompts}.
function stoppingPoint(clusters, bound, alpha) {
  const below = bettor(BELOW);
  const above = bettor(ABOVE);
  const enough = -Math.log(alpha);
  let prompts = 0;
  for (const cluster of clusters) {
    prompts += 1;
    seePrompt(cluster, below, above);
    if (below.n === 0) continue;
    if (logCapital(below, bound) >= enough) return { decision: "below", prompts };
    if (logCapital(above, bound) >= enough) return { decision: "above", prompts };
  }
  return { decision: "open", prompts };
}

function anytime(clusters, level) {
  const below = bettor(BELOW);
  const above = bettor(ABOVE);
  const sums = [0, 0, 0];
  for (const cluster of clusters) seePrompt(cluster, below, above).forEach((count, place) => (sums[place] += count));
  const [successes, n, unassessed] = sums;
  if (n === 0) return noneAssessed(level, unassessed);
  const enough = -Math.log((1 - level) / 2);
  const value = successes / n;
  const low = Math.min(crossing(above, enough, false), value);
  const high = Math.max(crossing(below, enough, true), value);
  return { value, low, high, level, n, method: "betting", unassessed };
}

function crossing(one, enough, rising) {
  let low = 0;
  let high = 1;
  for (let middle = 0.5; low < middle && middle < high; middle = (low + high) / 2) {
    if (logCapital(one, middle) >= enough === rising) high = middle;
    else low = middle;
  }
  return rising ? high : low;
}
