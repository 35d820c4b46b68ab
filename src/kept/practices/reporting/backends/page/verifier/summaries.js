// What is said about weaknesses that others reported, as in predicates/disclosure_summary.py and core/estimate/survival.py.

const KAPLAN_MEIER = "kaplan-meier: brookmeyer-crowley, log-log";
const ROUNDING = 1e-12;
const FIX = `${KIND}disclosure-fix/v1`;

STUDIES.set(`${KIND}disclosure-summary/v1`, checkSummary);
STUDIES.set(FIX, () => ({}));

// The entries of the replays that a fix rests on.
function seenByFixes({ predicate, fields }) {
  return predicate === FIX ? fields.evidence : [];
}

function checkSummary(said, wrong) {
  const { received, decided, reproduced, open, overdue, since, until, level, reproduction } = said;
  need(overdue <= open && reproduced <= decided && said.acknowledge.length === received, wrong("counts more than there were"));
  const unpublished = said.unpublished ?? null;
  const counted = unpublished === null || (unpublished <= said.fixed && unpublished >= said.fixed - said.published);
  need(counted, wrong("counts other fixes without an advisory"));
  need(since <= until && said.fix.length <= received, wrong("ends before it began, or fixed too much"));
  for (const [took, stated] of [[said.acknowledge, said.time_to_acknowledge], [said.fix, said.time_to_fix]]) {
    const sorted = took.every(({ days, ended }, at) => {
      const before = at ? took[at - 1] : { days: 0, ended: false };
      return before.days < days || (before.days === days && Number(before.ended) <= Number(ended));
    });
    need(sorted, wrong("tells times out of order"));
    need(difference(medianOf(took, level), stated) === null, wrong("states another median than its own times give"));
  }
  return sameFigures({ reproduction }, { reproduction: clopperPearson(reproduced, decided, level, 0) }, wrong);
}

function medianOf(took, level) {
  const [n, ended, steps] = [took.length, took.filter((each) => each.ended).length, survivalOf(took)];
  const value = steps.find(({ surviving }) => surviving <= 0.5 + ROUNDING)?.days ?? null;
  const said = { value, low: 0, high: null, level, n, ended, method: KAPLAN_MEIER };
  if (0.5 ** n > (1 - level) / 2 || !steps.length) return said;
  const z = normalQuantile(0.5 + level / 2);
  const within = [...steps.keys()].filter((at) => holdsHalf(steps[at], z));
  let low = within.length ? steps[within[0]].days : steps.at(-1).days;
  let high = steps[within.length ? within.at(-1) + 1 : steps.length]?.days ?? null;
  if (value !== null) {
    low = Math.min(low, value);
    if (!within.length) high = value;
    else if (high !== null) high = Math.max(high, value);
  }
  return { ...said, low, high };
}

function survivalOf(took) {
  const steps = [];
  let [surviving, greenwood, at] = [1, 0, 0];
  while (at < took.length) {
    const same = took.slice(at).filter(({ days }) => days === took[at].days);
    const [ended, risk] = [same.filter((each) => each.ended).length, took.length - at];
    if (ended) {
      surviving *= 1 - ended / risk;
      greenwood += risk > ended ? ended / (risk * (risk - ended)) : Infinity;
      steps.push({ days: took[at].days, surviving, greenwood });
    }
    at += same.length;
  }
  return steps;
}

function holdsHalf({ surviving, greenwood }, z) {
  if (!(surviving > 0 && surviving < 1)) return false;
  const spread = Math.sqrt(greenwood) / Math.abs(Math.log(surviving));
  return Math.abs(Math.log(-Math.log(surviving)) - Math.log(Math.log(2))) <= z * spread;
}
