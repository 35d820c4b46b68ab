// What a report says beyond campaigns, as in methods/governance/.

function govern(known, { campaigns, statuses, reported, models, asOf }) {
  const standing = standingReports(known, reported);
  return {
    register: registerOf(known, { campaigns, statuses, standing, asOf }),
    sections: sectionsOf(known, models, standing),
  };
}

// Every statement of a type, in the log's order, with what it says; null for an erased or a void one.
function everySaid(known, type) {
  const { called, shape, fits: agrees } = GOVERNANCE[type];
  return known
    .filter((each) => each.predicate === type)
    .map((each) => {
      if (!each.fields) return [each, null];
      const what = `the ${called} at index ${each.index}`;
      needShape(shape, each.fields, what);
      need(agrees(each.fields), `${what} contradicts itself`);
      const { model = each.model } = each.fields;
      need(model === each.model, `${what} is about another model than its entry names`);
      return [each, each.fields];
    });
}

const readableSaid = (known, type) => everySaid(known, type).filter(([, said]) => said);

// The statement that a later one names, which stands before it.
function earlierSaid(known, index, than) {
  need(index < than.index, `the statement at index ${than.index} names the statement ${index}, which is not before it`);
  return known[index];
}

const whyUnread = ({ fields, void: empty }) => (fields ? "" : empty ? "void" : "erased");
