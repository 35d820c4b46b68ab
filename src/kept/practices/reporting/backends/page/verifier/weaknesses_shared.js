// Sightings of shared patterns, and what was shared, as in predicates/sharing_sighting.py and sharing_release.py.

const SIGHTING_PLAN = `${KIND}sharing-replay-plan/v1`;
const SIGHTING = `${KIND}sharing-sighting/v1`;
const RELEASED = `${KIND}sharing-release/v1`;
const ACKNOWLEDGED = `${KIND}sharing-acknowledgement/v1`;
const ADOPTED = `${KIND}sharing-adoption/v1`;
const SIGHTING_PLANNED = ["replay", "pattern", "model", "attempts"];

STUDIES.set(SIGHTING, checkSighting);
STUDIES.set(RELEASED, checkReleased);
STUDIES.set(ACKNOWLEDGED, checkAcknowledged);
STUDIES.set(ADOPTED, checkAdopted);

function seenBySightings({ predicate, fields }) {
  return predicate === SIGHTING && fields.errors.counted ? [fields.errors.counted.recorded] : [];
}

// Each sighting is what the one plan before it says.
function checkSightingsPlanned(known) {
  const plans = new Map();
  for (const { index, predicate, fields } of known) {
    if (!fields) continue;
    const wrong = (what) => `the statement at index ${index} ${what}`;
    if (predicate === SIGHTING_PLAN) {
      needSchema(predicate, fields, `the statement at index ${index}`);
      checkErrors(fields.errors, wrong);
      plans.set(index, fields);
    }
    if (predicate !== SIGHTING) continue;
    const plan = plans.get(fields.plan);
    plans.delete(fields.plan);
    const same =
      plan &&
      SIGHTING_PLANNED.every((name) => plan[name] === fields[name]) &&
      canonical(plainJudge(plan.judge)) === canonical(plainJudge(fields.judge)) &&
      canonical(plainErrors(plan.errors)) === canonical(plainErrors(fields.errors));
    need(same, wrong("is not what was planned before it, or is there twice"));
  }
}

function checkSighting(fields, wrong) {
  const { attempts, outcomes, counted, deterministic, errors } = fields;
  need(outcomes.length === attempts, wrong("has not one outcome for each planned attempt"));
  need(isWithin(counted, outcomes), wrong("counts what was not among the outcomes"));
  need(deterministic || counted === outcomes, wrong("leaves attempts out that were drawn anew"));
  checkErrors(errors, wrong);
  const error = fields.error ?? 50_000;
  const half = [BigInt(error), 2n * MILLION];
  const [worked, open] = ["s", "u"].map((letter) => counted.split(letter).length - 1);
  const low = exactLower(worked, counted.length, half);
  const high = WHOLE - exactLower(counted.length - worked - open, counted.length, half);
  const bound = judgedBound(counted, errors, [BigInt(error), MILLION]);
  const same = low === fields.low && high === fields.high && bound === fields.bound;
  need(same, wrong(`states limits that are none: ${low}, ${high}, ${bound}`));
  return { low, high, bound };
}

function checkReleased({ shared, items, recipients, since, until, unanswered }, wrong) {
  need(shared.reduce((sum, { count }) => sum + count, 0) === items, wrong("has kinds that don't add up to its items"));
  need(since <= until, wrong("ends before it begins"));
  need((unanswered ?? []).every(({ count, late }) => late <= count), wrong("has more notices late than wait"));
  return { items, recipients };
}

function checkAcknowledged({ received, due, acknowledged, in_time: inTime, calls }, wrong) {
  need(received <= acknowledged && received <= due, wrong("was acknowledged or due before it came"));
  need(inTime === acknowledged <= due, wrong("is in time or late otherwise than its times say"));
  return { in_time: inTime, calls };
}

function checkAdopted({ members, yes, no, abstained, quorum, threshold }, wrong) {
  const voted = yes + no + abstained;
  need(voted <= members, wrong("has more votes than members"));
  const enough = voted * WHOLE >= quorum * members && yes * WHOLE >= threshold * (yes + no);
  need(enough, wrong("has votes that don't reach the quorum or the threshold"));
  return { yes, no, abstained };
}
