// What is kept from the public, as in methods/governance/withheld.py.

function withheldOf(known, given, asOf) {
  const explained = new Set();
  const found = readableSaid(known, WITHHOLDING).map(([each, said]) => {
    const target = earlierSaid(known, said.statement, each);
    const digests = !target.fields || said.digests.every((digest) => target.digests.includes(digest));
    const suits = target.entry === said.entry && target.model === said.model && digests;
    need(suits, `the withholding at index ${each.index} is of fields that the statement ${said.statement} doesn't have`);
    for (const digest of said.digests) explained.add(`${said.statement} ${digest}`);
    const told = given.get(each.index) ?? [];
    const { statement, names, reason, why, until } = said;
    return {
      index: each.index,
      statement,
      model: each.model,
      names,
      hidden: said.digests.filter((digest) => target.hidden.includes(digest)).length,
      reason,
      why,
      until,
      actors: each.actors,
      state: withholdingState(said, told, asOf),
      reviews: told.map(approvalShown),
    };
  });
  for (const { index, model, hidden } of known) {
    const left = hidden.filter((digest) => !explained.has(`${index} ${digest}`)).length;
    const blank = { names: [], reason: null, why: "", until: null, actors: [], state: "unexplained", reviews: [] };
    if (left) found.push({ index: null, statement: index, model, hidden: left, ...blank });
  }
  return found;
}

function withholdingState({ until }, told, asOf) {
  if (until < asOf.slice(0, 10)) return "lapsed";
  if (countingFor(told, "refused").length) return "refused";
  return countingFor(told, "approved").length ? "withheld" : "not reviewed";
}
