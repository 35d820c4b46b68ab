// What the world asks for, item by item, as in methods/governance/answers.py.

const FMTI = "fmti-2025-12";
const COMMITMENTS = "commitments";
const INDICATORS = Array.from({ length: 100 }, (_, at) => `FMTI-${String(at + 1).padStart(3, "0")}`);

function answersOf(known, promises) {
  const parts = new Map(promises.map(({ id, requirements }) => [id, requirements.map((one) => one.id)]));
  const last = lastConfirmations(known, { [FMTI]: INDICATORS, [COMMITMENTS]: [...parts].flatMap(([id, own]) => [id, ...own]) });
  const indicators = INDICATORS.map((item) => itemOf(FMTI, item, last));
  return [frameworkOf(FMTI, indicators), frameworkOf(COMMITMENTS, [...parts].map(([id, own]) => promiseOf(id, own, last)))];
}

// By framework and item, the last confirmation for each model and what it comes to.
function lastConfirmations(known, asked) {
  const found = new Map();
  for (const [each, said] of readableSaid(known, MAPPING_CONFIRMATION)) {
    need(asked[said.framework].includes(said.item), `the confirmation at index ${each.index} is of what nobody asks for`);
    const cited = said.statements.map((index) => earlierSaid(known, index, each));
    const key = `${said.framework} ${said.item}`;
    found.set(key, (found.get(key) ?? new Map()).set(each.model, { each, said, state: confirmedState(said, cited) }));
  }
  return found;
}

function confirmedState({ extent }, cited) {
  if (extent === "not" || cited.some(({ fields }) => !fields)) return "unanswered";
  return extent === "fully" && !cited.some(({ hidden }) => hidden.length) ? "answered" : "in part";
}

function itemOf(framework, item, last) {
  const confirmed = [...(last.get(`${framework} ${item}`)?.values() ?? [])].sort((one, other) => one.each.index - other.each.index);
  const states = confirmed.map(({ state }) => state);
  const resting = confirmed.filter(({ state }) => state !== "unanswered").flatMap(({ said }) => said.statements);
  return {
    item,
    state: ["answered", "in part"].find((state) => states.includes(state)) ?? "unanswered",
    statements: [...new Set(resting)].sort((one, other) => one - other),
    confirmed: confirmed.map(confirmedShown),
  };
}

// A promise as a whole: by its own confirmations, or when all of its requirements are answered.
function promiseOf(id, own, last) {
  const found = itemOf(COMMITMENTS, id, last);
  const requirements = own.map((requirement) => itemOf(COMMITMENTS, requirement, last));
  if (requirements.every(({ state }) => state === "answered")) found.state = "answered";
  else if (found.state === "unanswered" && requirements.some(({ state }) => state !== "unanswered")) found.state = "in part";
  return { ...found, requirements };
}

function frameworkOf(framework, items) {
  const count = (wanted) => items.filter(({ state }) => state === wanted).length;
  return { framework, answered: count("answered"), in_part: count("in part"), unanswered: count("unanswered"), items };
}

function confirmedShown({ each, said, state }) {
  const { extent, statements, name, role, note = "", issued } = said;
  return { index: each.index, model: each.model, extent, state, statements, name, role, note, issued, actors: each.actors };
}
