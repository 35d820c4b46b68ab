// How a number is written wherever a reader sees it, as in methods/figures.py.

function percent(share) {
  if (share > 0 && share < 0.0005) return "<0.1%";
  if (share >= 0.9995 && share < 1) return ">99.9%";
  return `${(share * 100).toFixed(1)}%`;
}

const count = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

function figuresOf({ statuses, campaigns, coverage, claims, totals }) {
  const found = {};
  for (const [name, number] of Object.entries(totals)) found[`report.${name}`] = count(number);
  for (const { model, commitment, state } of statuses) found[`status/${model}/${commitment}.state`] = state;
  for (const { campaign, state, repeat, attempts } of campaigns) {
    found[`campaign/${campaign}.state`] = state;
    found[`campaign/${campaign}.repeat`] = count(repeat);
    for (const [name, number] of Object.entries(attempts)) found[`campaign/${campaign}.${name}`] = count(number);
  }
  for (const { model, tested, applicable, cells } of coverage) {
    found[`coverage/${model}.tested`] = count(tested);
    found[`coverage/${model}.applicable`] = count(applicable);
    for (const { domain, strategy, language, state } of cells) {
      found[`coverage/${model}/${domain}/${strategy}/${language}.state`] = state;
    }
  }
  for (const { id, estimate, worst } of claims) {
    for (const name of ["value", "low", "high"]) found[`${id}.${name}`] = percent(estimate[name]);
    found[`${id}.level`] = percent(estimate.level).replace(".0%", "%");
    found[`${id}.n`] = count(estimate.n);
    found[`${id}.unassessed`] = count(estimate.unassessed);
    found[`${id}.worst`] = percent(worst.high);
  }
  return found;
}
