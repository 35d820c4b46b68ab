// What was shared with others, summed over statements, as in methods/sharing.py.

const CHANNEL = `${PREDICATES}sharing-channel/v1`;
const SHARING_LEVEL = 0.95;
const URGENCIES = ["immediate", "prompt", "routine"];

// Only the provider's own statements are summed.
function sharingOf(known) {
  const readable = known.filter(({ fields }) => fields);
  const own = (type) => readable.filter(({ predicate, roles }) => predicate === type && roles.includes("provider"));
  for (const { index, predicate, fields } of readable) {
    if (predicate === CHANNEL) needSchema(predicate, fields, `the sharing channel at index ${index}`);
  }
  const answers = own(ACKNOWLEDGED);
  const sightings = readable.filter(({ predicate }) => predicate === SIGHTING).map(sightingTold);
  const finished = new Set(sightings.map(({ plan }) => plan));
  const planned = readable.filter(({ predicate }) => predicate === SIGHTING_PLAN).map(({ index }) => index);
  const counted = countedReleases(own(RELEASED));
  return {
    released: releasedOf(own(RELEASED), counted),
    notices: URGENCIES.flatMap((urgency) => noticesOf(urgency, answers.filter(({ fields }) => fields.urgency === urgency), counted)),
    sightings,
    open: planned.filter((index) => !finished.has(index)),
    unreadable: known.filter(({ predicate, fields }) => !fields && sharedTypes().includes(predicate)).map(({ index }) => index),
  };
}

const sharedTypes = () => [CHANNEL, SIGHTING_PLAN, SIGHTING, RELEASED, ACKNOWLEDGED, ADOPTED];

// From the last one back, each whose span ends before those that were taken begin: nothing is counted twice.
function countedReleases(releases) {
  const counted = [];
  for (const each of releases) secondsBetween(each.fields.since, each.fields.until, each.index);
  for (const each of [...releases].reverse()) {
    if (counted.every(({ fields }) => each.fields.until < fields.since)) counted.unshift(each);
  }
  return counted;
}

function releasedOf(releases, counted) {
  if (!releases.length) return null;
  const own = counted.map(({ fields }) => fields);
  const sum = (name) => own.reduce((total, fields) => total + fields[name], 0);
  const taken = counted.map(({ index }) => index);
  const kinds = tallied(own.flatMap(({ shared }) => shared), ["kind", "tlp"]);
  const withheld = tallied(own.flatMap((fields) => fields.withheld ?? []), ["reason"]);
  return {
    since: own.map(({ since }) => since).sort()[0],
    until: own.map(({ until }) => until).sort().at(-1),
    items: sum("items"),
    received: sum("received"),
    sightings: kinds.filter(({ kind }) => kind === "sighting").reduce((total, { count }) => total + count, 0),
    recipients: Math.max(...own.map(({ recipients }) => recipients)),
    kinds,
    withheld,
    untold: counted.filter(({ fields }) => (fields.withheld ?? null) === null).map(({ index }) => index),
    silent: counted.filter(({ fields }) => (fields.unanswered ?? null) === null).map(({ index }) => index),
    counted: taken,
    overlapping: releases.map(({ index }) => index).filter((index) => !taken.includes(index)),
  };
}

// The counts of parts that agree in some names, added up and sorted by these.
function tallied(parts, names) {
  const found = new Map();
  for (const part of parts) {
    const key = JSON.stringify(names.map((name) => part[name]));
    found.set(key, (found.get(key) ?? 0) + part.count);
  }
  const rows = [...found].map(([key, count]) => [JSON.parse(key), count]);
  rows.sort(([one], [other]) => compareRows(one, other));
  return rows.map(([key, count]) => ({ ...Object.fromEntries(names.map((name, at) => [name, key[at]])), count }));
}

// How many notices nobody has answered, and how many of these are past their time, by the last word on each.
function waitingNotices(urgency, answers, counted) {
  let [waiting, late] = [0, 0];
  for (const { index, fields } of counted) {
    const since = answers.filter(
      (answer) => answer.index > index && fields.since <= answer.fields.received && answer.fields.received <= fields.until,
    );
    const overdue = since.filter((answer) => answer.fields.due < fields.issued);
    for (const part of (fields.unanswered ?? []).filter((each) => each.urgency === urgency)) {
      const left = Math.max(0, part.count - since.length);
      waiting += left;
      late += Math.min(left, Math.max(0, part.late - overdue.length));
    }
  }
  return [waiting, late];
}

function noticesOf(urgency, answers, counted) {
  const [waiting, late] = waitingNotices(urgency, answers, counted);
  if (!answers.length && !waiting) return [];
  const took = answers
    .map(({ index, fields }) => ({ days: secondsBetween(fields.received, fields.acknowledged, index) / 86400, ended: true }))
    .sort((one, other) => one.days - other.days);
  const inTime = answers.filter(({ fields }) => fields.in_time).length;
  return [
    {
      urgency,
      count: answers.length,
      in_time: inTime,
      unanswered: waiting,
      late,
      share: clopperPearson(inTime, answers.length + late, SHARING_LEVEL, 0),
      took: medianOf(took, SHARING_LEVEL),
      statements: answers.map(({ index }) => index),
    },
  ];
}

function sightingTold({ index, model, roles, fields }) {
  const { plan, state, attempts, counted, errors, low, high, bound, issued } = fields;
  const [worked, unassessed] = ["s", "u"].map((letter) => counted.split(letter).length - 1);
  const assessed = counted.length - unassessed;
  const judged = (errors.false_positives ?? null) !== null || Boolean(errors.counted);
  return {
    index,
    plan,
    model,
    state,
    assurance: roles.includes("provider") ? "self" : "third party",
    attempts,
    counted: counted.length,
    worked,
    unassessed,
    value: assessed ? worked / assessed : null,
    low: low / WHOLE,
    high: high / WHOLE,
    bound: judged ? bound / WHOLE : null,
    issued,
  };
}

function secondsBetween(one, other, index) {
  const [start, end] = [timeOf(one), timeOf(other)];
  need(start !== null && end !== null, `the statement at index ${index} has a time that is none`);
  return (end - start) / 1000;
}
