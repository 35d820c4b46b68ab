// What was decided at the gate, as in methods/governance/gates.py.

const GATE_RULES = 1;
const APPROVERS = 2;

async function gatesOf(known, given, { shown, claims, comparisons, statusesAt, catalogDigest }) {
  const models = new Set(known.filter(({ predicate }) => [GATE_DECISION, GATE_OVERRIDE, GATE_VETO].includes(predicate)).map(({ model }) => model));
  const exact = exactUntil(known);
  const decided = new Map();
  for (const [each, said] of readableSaid(known, GATE_DECISION)) {
    decided.set(each.index, await decisionOf(each, said, { exact, shown, claims, comparisons, statusesAt, catalogDigest }));
  }
  const overrides = readableSaid(known, GATE_OVERRIDE);
  return [...models].map((model) => {
    const decisions = [...decided.values()].filter((one) => one.model === model).map((one) => one.shown);
    const asked = overrides
      .filter(([each]) => each.model === model)
      .map(([each, said]) => overrideOf(known, each, said, decided, given.get(each.index) ?? []));
    const vetoes = vetoesOf(known, model);
    return { model, state: gateState(known, model, decisions, asked, vetoes), decisions, overrides: asked, vetoes };
  });
}

// The number of entries up to which the log still says what it said: none of them is unreadable or withheld.
function exactUntil(known) {
  const unread = known.filter(({ fields }) => !fields).map(({ index }) => index);
  return Math.min(known.length, ...unread, ...readableSaid(known, WITHHOLDING).map(([, said]) => said.statement));
}

async function decisionOf(each, said, { exact, shown, claims, comparisons, statusesAt, catalogDigest }) {
  const { index, model, actors } = each;
  const { decision, reasons, policy, policy_digest: digest, rules, catalog, size, issued } = said;
  const honest = digest === `sha256:${await sha256Hex(utf8(each.raw("predicate", "policy")))}` && size <= index;
  need(honest, `the gate decision at index ${index} is by another policy, or on more, than it says`);
  const recomputed = size <= exact && rules === GATE_RULES && catalog === catalogDigest;
  if (recomputed) {
    const found = reasonsAgainst(policy, {
      campaigns: shown.filter((one) => one.model === model && one.plan < size).map((one) => campaignAt(one, size)),
      claims: claims.filter((one) => one.model === model && one.evidence[1] < size),
      statuses: statusesAt([model], size, issued),
      comparisons: comparisons.filter((one) => one.after.model === model && one.index < size),
      asOf: issued,
    });
    need(canonical(found) === canonical(reasons), `the gate decision at index ${index} gives other reasons than follow from what it was judged on`);
  }
  return { model, decision, shown: { index, decision, reasons, policy, policy_digest: digest, size, issued, actors, recomputed } };
}

const campaignAt = (one, size) => (one.result !== null && one.result >= size ? { ...one, state: "open", closed: null } : one);

function overrideOf(known, each, said, decided, given) {
  const target = earlierSaid(known, said.decision, each);
  const decision = decided.get(said.decision);
  const suits = target.predicate === GATE_DECISION && target.model === each.model && target.entry === said.entry;
  need(suits && (!decision || decision.decision === "closed"), `the override at index ${each.index} is of no closed gate that stands at ${said.decision}`);
  const approvers = [...new Set(countingFor(given, "approved").flatMap((one) => one.each.actors))].sort(byCodePoint);
  return {
    index: each.index,
    decision: said.decision,
    reason: said.reason,
    name: said.name,
    role: said.role,
    issued: said.issued,
    actors: each.actors,
    approvers,
    dissent: countingFor(given, "refused").length,
    state: approvers.length >= APPROVERS && decision ? "approved" : "not approved",
    reviews: given.map(approvalShown),
  };
}

// Each veto or end of one, and whether the gate is closed behind it: also by one that can't be read any more.
function vetoesOf(known, model) {
  let closes = false;
  return everySaid(known, GATE_VETO)
    .filter(([each]) => each.model === model)
    .map(([each, said]) => {
      if (!said || said.event === "vetoed") closes = true;
      else if (each.roles.includes("trust-and-safety")) closes = false;
      const { event = whyUnread(each), reason = "", name = "", role = "", issued = null } = said ?? {};
      return { index: each.index, event, reason, name, role, issued, actors: each.actors, closes };
    });
}

function gateState(known, model, decisions, overrides, vetoes) {
  if (vetoes.at(-1)?.closes) return "vetoed";
  const last = known.filter((each) => each.predicate === GATE_DECISION && each.model === model).at(-1);
  if (!last) return "undecided";
  const decision = decisions.at(-1);
  if (decision?.index !== last.index) return "closed";
  if (decision.decision === "open") return "open";
  return overrides.some((each) => each.decision === last.index && each.state === "approved") ? "overridden" : "closed";
}
