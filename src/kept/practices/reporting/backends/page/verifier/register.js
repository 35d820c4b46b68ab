// The release register, as in methods/governance/register.py.

function registerOf(known, { campaigns, statuses, standing, asOf }) {
  const told = everySaid(known, RELEASE);
  const tested = new Map();
  for (const campaign of campaigns) if (stateOfCampaign(campaign) === "completed") tested.set(campaign.model, campaign.resultIndex);
  const releases = told
    .filter(([, said]) => !said || said.event === "released")
    .map(([each, said]) => releaseOf(each, said, { told, tested, standing }));
  const major = releases.filter((each) => each.major);
  const lacking = (what) => major.filter((each) => each[what] === null).map(({ index }) => index);
  return {
    events: registerEvents(known, new Map(told.map(([each, said]) => [each.index, said]))),
    releases,
    major: major.length,
    reported: major.length - lacking("report").length,
    assessed: major.length - lacking("assessment").length,
    unreported: lacking("report"),
    unassessed: lacking("assessment"),
    due: [...dueByRelease(major, asOf), ...dueByPromise(statuses)],
  };
}

function releaseOf(each, said, { told, tested, standing }) {
  const { index, model } = each;
  const taken = told.find(([other, later]) => later?.event === "withdrawn" && other.model === model && other.index > index);
  return {
    index,
    model,
    name: said?.name ?? "",
    version: said?.version ?? "",
    date: said?.date ?? null,
    major: said?.major ?? true,
    state: whyUnread(each) || (taken ? "withdrawn" : "available"),
    withdrawn: taken ? taken[0].index : null,
    report: standing.get(model)?.each.index ?? null,
    assessment: tested.get(model) ?? null,
  };
}

function registerEvents(known, releases) {
  const events = [];
  for (const each of known) {
    if (releases.has(each.index)) events.push(releaseEvent(each, releases.get(each.index), known));
    else if (each.predicate === SCOPE) events.push(scopeEvent(each));
  }
  return events;
}

function releaseEvent(each, said, known) {
  const { index, model, actors } = each;
  if (!said) return { index, event: whyUnread(each), model, kind: "release" };
  const { event, name, version, date, major, replaces = null, availability, reason = "", scope = [] } = said;
  for (const one of scope) earlierSaid(known, one, each);
  return { index, event, model, kind: "release", name, version, date, major, replaces, availability, reason, scope, actors };
}

// A scope decision as the rule reads it, which takes a malformed one for none.
function scopeEvent(each) {
  const { index, model, actors, fields } = each;
  const fact = extractFact(SCOPE, fields, { index, model, assurance: "self" });
  const readable = Object.keys(fact.fields).length > 0;
  const event = whyUnread(each) || (readable ? "decided" : "malformed");
  const found = { index, event, model, kind: "scope" };
  if (event !== "decided") return found;
  const { decision, commitments } = fact.fields;
  const rationale = typeof fields.rationale === "string" ? fields.rationale : "";
  return { ...found, decision, commitments, date: fact.issued.slice(0, 10), rationale, actors };
}

function dueByRelease(major, asOf) {
  return major.flatMap((each) =>
    ["report", "assessment"].map((what) => ({
      what,
      model: each.model,
      release: each.index,
      requirement: null,
      due: each.date,
      met: each[what],
      missed: each[what] === null && (each.date === null || each.date < asOf.slice(0, 10)),
    })),
  );
}

function dueByPromise(statuses) {
  const binding = ({ commitment, state }) => commitment === "C6" && state !== "superseded" && state !== "out of scope";
  return statuses.filter(binding).flatMap(({ model, findings }) =>
    findings.map(({ requirement, until, evidence, reading }) => ({
      what: "promise",
      model,
      release: null,
      requirement,
      due: until.slice(0, 10) || null,
      met: evidence.length ? Math.max(...evidence) : null,
      missed: reading !== "met",
    })),
  );
}
