// What is said about weights, where one field follows from others, as in predicates/weights_custody.py and its neighbours.

const POSTURE = `${KIND}security-posture/v1`;
const LADDER = 5;

STUDIES.set(`${KIND}insider-exercise/v1`, checkExercise);
STUDIES.set(`${KIND}security-drill/v1`, checkDrill);
STUDIES.set(POSTURE, checkPosture);
STUDIES.set(`${KIND}weights-custody/v1`, checkCustody);

// The entries that the readings of a posture rest on.
function seenByMeasures({ predicate, fields }) {
  return predicate === POSTURE ? fields.measures.flatMap(({ evidence }) => evidence) : [];
}

function checkExercise({ noticed, attempts, accused, innocent, level, estimate, false_alarms }, wrong) {
  need(noticed <= attempts && accused <= innocent, wrong("notices or accuses more people than there were"));
  const computed = {
    estimate: clopperPearson(noticed, attempts, level, 0),
    false_alarms: clopperPearson(accused, innocent, level, 0),
  };
  return sameFigures({ estimate, false_alarms }, computed, wrong);
}

function checkDrill({ state, answer, seconds }, wrong) {
  const answered = answer !== "none" && (seconds ?? null) !== null;
  need(answered === (state === "passed"), wrong("passed without an answer, or was answered and did not pass"));
  return {};
}

function checkPosture({ measures, met, level }, wrong) {
  const held = measures.filter(({ reading }) => reading === "met");
  const follows = held.every(({ evidence }) => evidence.length) && held.length === met && reachedBy(measures) === level;
  need(follows, wrong("does not follow from its own measures"));
  return {};
}

function reachedBy(measures) {
  for (let level = 0; level < LADDER; level += 1) {
    const own = measures.filter((each) => each.level === level + 1);
    if (!own.length || own.some(({ reading }) => reading !== "met")) return level;
  }
  return LADDER;
}

function checkCustody({ sealed, files, people_required, custodians }, wrong) {
  const opened = files.length > 0 && people_required >= 1 && people_required <= custodians;
  need(!sealed || opened, wrong("says that weights are sealed, without a file or the people who open it"));
  return {};
}
