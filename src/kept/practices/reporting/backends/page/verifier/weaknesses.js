// Replays of reported weaknesses and their rewards, as in predicates/disclosure_replay.py and disclosure_reward.py.
// Bounds are whole numbers, as in core/estimate/exact.py, so that both sides come to the same ones. Shares are millionths; an error is [numerator, denominator].

const REPLAY_PLAN = `${KIND}disclosure-replay-plan/v1`;
const REPLAY = `${KIND}disclosure-replay/v1`;
const REWARD = `${KIND}disclosure-reward/v1`;
const PLANNED = ["replay", "purpose", "judge", "attempts", "threshold", "level", "submission"];
const WHOLE = 1_000_000;
const MILLION = 1_000_000n;
const REPLAYED_SPENT = [8n, 1n, 1n]; // tenths: the outcomes, then either kind of label

STUDIES.set(REPLAY, checkReplay);
STUDIES.set(REWARD, checkReward);

// The entries that a replay or a reward rests on, besides the plan.
function seenByReplays({ predicate, fields }) {
  if (predicate === REPLAY) return fields.errors.counted ? [fields.errors.counted.recorded] : [];
  return predicate === REWARD ? [fields.replay] : [];
}

function checkReward({ amount, budget, committed, required, approvals, reference, state }, wrong) {
  need(state !== "approved" || committed <= budget, wrong("promises more than the budget holds"));
  need(state === "withdrawn" || amount <= committed, wrong("promises more than all that is promised"));
  need(approvals >= required, wrong("was approved by fewer people than it needs"));
  need(((reference ?? null) !== null) === (state === "paid"), wrong("has a reference without a payment, or none with one"));
  return { amount, committed };
}

// Each replay is what the plan before it says, and there is one for each conversation on each of its versions.
function checkReplaysPlanned(known) {
  const plans = new Map();
  for (const { index, predicate, fields } of known) {
    if (!fields) continue;
    if (predicate === REPLAY_PLAN) {
      needSchema(predicate, fields, `the statement at index ${index}`);
      const models = new Set(fields.versions.map(({ model }) => model));
      need(models.size === fields.versions.length, `the statement at index ${index} names a version twice`);
      fields.versions.forEach(({ errors }) => checkErrors(errors, (what) => `the statement at index ${index} ${what}`));
      const numbers = new Set(numbersOf(fields));
      need(numbers.size === numbersOf(fields).length, `the statement at index ${index} names a conversation twice`);
      const places = [...models].flatMap((model) => [...numbers].map((number) => placeOf(model, number)));
      plans.set(index, { fields, open: new Set(places) });
    }
    if (predicate !== REPLAY) continue;
    const { fields: plan, open } = plans.get(fields.plan) ?? { open: new Set() };
    const one = plan?.versions.find(({ model }) => model === fields.model);
    const same =
      open.delete(placeOf(fields.model, fields.conversation)) &&
      plan.versions.length === fields.versions &&
      numbersOf(plan).length === (fields.conversations ?? 1) &&
      canonical(plainErrors(one.errors)) === canonical(plainErrors(fields.errors)) &&
      PLANNED.every((name) => canonical(plainJudge(plan[name])) === canonical(plainJudge(fields[name])));
    need(same, `the statement at index ${index} is not what was planned before it, or is there twice`);
  }
}

// The conversations of a plan by number; one of before has one, without.
const numbersOf = ({ conversations }) => (conversations ? conversations.map(({ number }) => number) : [null]);
const placeOf = (model, conversation) => `${model} ${conversation ?? ""}`;
const plainErrors = (errors) => ({ false_positives: errors.false_positives ?? null, counted: errors.counted ?? null });
const plainJudge = (value) => (isObject(value) ? { rubric: null, model: null, ...value } : value);

function checkReplay(fields, wrong) {
  const { attempts, outcomes, counted, deterministic, errors, bound, reproduced, threshold } = fields;
  const numbered = [fields.conversation, fields.conversations].map((value) => (value ?? null) !== null);
  need(numbered[0] === numbered[1], wrong("has a conversation's number, or how many there are, without the other"));
  need(outcomes.length === attempts, wrong("has not one outcome for each planned attempt"));
  need(isWithin(counted, outcomes), wrong("counts what was not among the outcomes"));
  need(deterministic || counted === outcomes, wrong("leaves attempts out that were drawn anew"));
  checkErrors(errors, wrong);
  const computed = replayBound(fields);
  need(bound === computed && reproduced === computed >= threshold, wrong(`states a bound that is none: ${computed}`));
  return { bound, reproduced };
}

function checkErrors({ false_positives: stated, counted: labels }, wrong) {
  need((stated ?? null) === null || (labels ?? null) === null, wrong("has a judge whose errors are stated and counted"));
  if (!labels) return;
  const possible = labels.true_positives <= labels.positives && labels.true_negatives <= labels.negatives;
  need(possible, wrong("has a judge that is right more often than there are labels"));
}

function isWithin(part, whole) {
  let at = 0;
  for (const letter of whole) if (letter === part[at]) at += 1;
  return at === part.length;
}

function replayBound({ counted, errors, level, submission, versions, conversations }) {
  const places = BigInt(versions) * BigInt(conversations ?? 1);
  return judgedBound(counted, errors, [BigInt(level), MILLION * 2n ** BigInt(submission) * places]);
}

// The lower bound of the rate at which attempts truly succeed; 0 where nothing is known of the judge.
function judgedBound(counted, errors, error) {
  const stated = errors.false_positives ?? null;
  if (stated === null && !errors.counted) return 0;
  const judge = stated === null ? countedJudge(errors.counted, error) : [WHOLE, stated, error];
  const [sensitivity, falsePositives, left] = judge;
  if (sensitivity <= falsePositives) return 0;
  const share = exactLower(counted.split("s").length - 1, counted.length, left);
  const above = BigInt(share - falsePositives) * MILLION;
  if (above <= 0n) return 0;
  return Math.min(WHOLE, Number(above / BigInt(sensitivity - falsePositives)));
}

function countedJudge(labels, [numerator, denominator]) {
  const [left, one, other] = REPLAYED_SPENT.map((tenths) => [numerator * tenths, denominator * 10n]);
  const missed = labels.positives - labels.true_positives;
  return [
    WHOLE - exactLower(missed, labels.positives, one),
    WHOLE - exactLower(labels.true_negatives, labels.negatives, other),
    left,
  ];
}

// The largest share at which so many successes are as rare as the error.
function exactLower(successes, n, error) {
  let low = 0;
  let high = WHOLE;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isAsRare(successes, n, middle, error)) low = middle;
    else high = middle;
  }
  return low;
}

function isAsRare(successes, n, share, [numerator, denominator]) {
  if (successes <= 0) return false;
  return exactTail(successes, n, share) * denominator <= numerator * MILLION ** BigInt(n);
}

function exactTail(successes, n, share) {
  if (2 * successes <= n) return MILLION ** BigInt(n) - exactBeyond(n - successes + 1, n, WHOLE - share);
  return exactBeyond(successes, n, share);
}

function exactBeyond(successes, n, share) {
  const [own, against] = [BigInt(share), MILLION - BigInt(share)];
  let [total, term] = [0n, own ** BigInt(n)];
  if (own === 0n || against === 0n) return term;
  for (let count = n; count >= successes; count -= 1) {
    total += term;
    term = (term * BigInt(count) * against) / (BigInt(n - count + 1) * own);
  }
  return total;
}
