// The written parts of a report and the reports that bind them, as in methods/governance/sections.py.

const writtenParts = (known) => new Map(readableSaid(known, WRITTEN_PART).map(([each, part]) => [each.index, { each, part }]));

// Every release report that can be read, and which of the promised contents its parts still state.
function releaseReports(known) {
  const parts = writtenParts(known);
  return readableSaid(known, RELEASE_REPORT).map(([each, report]) => {
    const stating = new Set();
    for (const { section, index } of report.parts) {
      const found = earlierSaid(known, index, each);
      const part = parts.get(index)?.part;
      const suits = found.predicate === WRITTEN_PART && ["", each.model].includes(found.model) && (!part || part.section === section);
      need(suits, `the release report at index ${each.index} binds the statement ${index} as its ${section}, which is no such part about its model`);
      if (typeof part?.text === "string") stating.add(section);
    }
    const stated = Object.fromEntries(Object.entries(STATES_OF_REPORT).map(([name, section]) => [name, stating.has(section)]));
    return { each, report, stated };
  });
}

// By model, the report that stands: the last one, unless it is withdrawn or can't be read.
function standingReports(known, reported) {
  const last = new Map(known.filter(({ predicate }) => predicate === RELEASE_REPORT).map(({ model, index }) => [model, index]));
  const stands = ({ each, report }) => last.get(each.model) === each.index && !report.withdrawn;
  return new Map(reported.filter(stands).map((one) => [one.each.model, one]));
}

function sectionsOf(known, models, standing) {
  const parts = [...writtenParts(known).values()];
  const lost = everySaid(known, WRITTEN_PART).filter(([, part]) => !part);
  return ["", ...models].map((model) => {
    const report = standing.get(model);
    const sections = (model ? SECTIONS : ORGANISATION_WIDE).map((section) => sectionOf(section, model, parts, report));
    return {
      model,
      report: report?.each.index ?? null,
      sections,
      missing: sections.filter(({ state }) => state !== "written").map(({ section }) => section),
      unreadable: lost.filter(([each]) => each.model === model).map(([each]) => each.index),
    };
  });
}

function sectionOf(section, model, parts, report) {
  const written = (about) => parts.filter(({ part }) => part.section === section && part.model === about);
  let own = written(model);
  if (!own.length && ORGANISATION_WIDE.includes(section)) own = written("");
  if (!own.length) return { section, state: "not written", part: null, bound: false, history: [] };
  const { each, part } = own.at(-1);
  const { author, role, date, issued } = part;
  return {
    section,
    state: typeof part.text === "string" ? "written" : "withheld",
    part: { index: each.index, model: part.model, author, role, date, issued, actors: each.actors, text: part.text ?? null },
    bound: Boolean(report?.report.parts.some((bound) => bound.section === section && bound.index === each.index)),
    history: own.slice(0, -1).map((old) => ({ index: old.each.index, author: old.part.author, date: old.part.date })),
  };
}
