// Disputes beside what they are about, as in methods/governance/disputes.py.

function disputesOf(known, claims) {
  const answers = answersTo(known);
  const found = new Map();
  for (const [each, said] of everySaid(known, DISPUTE)) {
    const read = said ?? heardDispute(each);
    const target = disputeTarget(read, each, claims);
    const key = canonical([target.kind, target.claim ?? target.statement]);
    if (!found.has(key)) found.set(key, { target, disputes: [] });
    found.get(key).disputes.push({
      index: each.index,
      state: each.fields ? "authenticated" : "unauthenticated",
      author: read?.author ?? "",
      text: read?.text ?? "",
      issued: read?.issued ?? null,
      actors: each.actors,
      answers: answers.get(each.index) ?? [],
    });
  }
  const stateOf = ({ disputes }) => (disputes.every((one) => one.answers.length) ? "disputed, answered" : "disputed");
  return [...found.values()].map((group) => ({ ...group, state: stateOf(group) }));
}

// What somebody says whose key nobody knows, where it can be read.
function heardDispute({ unproven }) {
  const readable = unproven && fitsSchema(DISPUTE, unproven) && AGREES[DISPUTE](unproven);
  return readable ? unproven : null;
}

function disputeTarget(read, { index }, claims) {
  if (!read) return { kind: "unreadable", claim: null, statement: null, known: false };
  const { claim = null, statement = null } = read;
  if (claim !== null) return { kind: "claim", claim, statement: null, known: claims.has(claim) };
  return { kind: "statement", claim: null, statement, known: statement < index };
}

function answersTo(known) {
  const found = new Map();
  for (const [each, { dispute, entry, position, text, issued }] of readableSaid(known, DISPUTE_ANSWER)) {
    const target = earlierSaid(known, dispute, each);
    need(target.predicate === DISPUTE && target.entry === entry, `the answer at index ${each.index} is to no dispute that stands at ${dispute}`);
    found.set(dispute, [...(found.get(dispute) ?? []), { index: each.index, position, text, issued, actors: each.actors }]);
  }
  return found;
}
