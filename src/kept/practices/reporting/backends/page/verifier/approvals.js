// Who approved what, as in methods/governance/approvals.py.

// By the index of the request, what was said to it: each holder's last word counts, but for whoever made the request.
function approvalsOf(known) {
  const found = new Map();
  for (const [each, said] of readableSaid(known, APPROVAL)) {
    const request = earlierSaid(known, said.request, each);
    const suits = REQUESTS.includes(request.predicate) && request.entry === said.entry && request.model === said.model;
    need(suits, `the approval at index ${each.index} is of no request that stands at ${said.request}`);
    found.set(said.request, [...(found.get(said.request) ?? []), { each, said }]);
  }
  for (const [index, told] of found) {
    told.forEach((one, at) => {
      const later = new Set(told.slice(at + 1).flatMap(({ each }) => each.actors));
      const mine = one.each.actors.some((actor) => known[index].actors.includes(actor));
      one.counts = !mine && !one.each.actors.some((actor) => later.has(actor));
    });
  }
  return found;
}

const countingFor = (told, verdict) => told.filter(({ counts, said }) => counts && said.verdict === verdict);

function approvalShown({ each, said, counts }) {
  const { verdict, name, role, note = "", issued } = said;
  return { index: each.index, verdict, name, role, note, issued, actors: each.actors, counts };
}
