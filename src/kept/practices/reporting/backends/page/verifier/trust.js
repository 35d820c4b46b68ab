// The trust file, who may sign what, and how keys came and went, by ledger index and never by a clock.

const KEY_EVENT = "https://kept.example/predicates/key-event/v1";

async function readTrust(document) {
  exactly(document, ["version", "organisation", "log", "signers", "policy", "witnesses"], "the trust file");
  need(document.version === 1, "the trust file is not of version 1");
  exactly(document.log, ["origin", "keys"], "the log in the trust file");
  const { origin, keys } = document.log;
  need(isPrintable(document.organisation) && isPrintable(origin), "the organisation or the origin in the trust file is not a printable text");
  needTexts(keys, "the log keys of the trust file");
  need(Array.isArray(document.signers), "the signers of the trust file are not a list");
  const log = await Promise.all(keys.map(parseVerifierKey));
  need(log.length > 0 && log.every((key) => key.kind === 1 && key.name === origin), "a log key of the trust file is not one");
  const signers = await Promise.all(document.signers.map((one) => readHolder(one, "a signer of the trust file", [])));
  need(signers.length > 0, "the trust file lists no signer");
  for (const one of signers) need(one.roles.length > 0, "a signer of the trust file has no role");
  need(isObject(document.policy) && Object.hasOwn(document.policy, "default"), 'the policy has no "default" rule');
  for (const [name, rule] of Object.entries(document.policy)) readRule(rule, name);
  const trust = { organisation: document.organisation, origin, log, policy: document.policy };
  trust.witnesses = await readWitnesses(document.witnesses);
  trust.initial = [...signers];
  for (const key of log) trust.initial.push(await logHolder(key));
  need(new Set(trust.initial.map((one) => one.keyId)).size === trust.initial.length, "a key of the trust file has two uses");
  return trust;
}

const isPrintable = (value) => typeof value === "string" && value.length <= 1024 && /^(?:[^\p{C}\p{Z}]| )+$/u.test(value);

function needTexts(value, what) {
  need(Array.isArray(value) && value.length > 0 && value.every(isPrintable), `${what} are not a list of texts`);
  need(new Set(value).size === value.length, `${what} repeat an entry`);
}

async function readHolder(value, what, more) {
  exactly(value, ["name", "algorithm", "public", "roles", ...more], what);
  need(isPrintable(value.name), `${what} has no printable name`);
  const publicKey = fromBase64(value.public, what);
  need(Array.isArray(value.roles) && value.roles.every((role) => typeof role === "string"), `${what} has malformed roles`);
  const keyId = await keyIdOf(value.algorithm, publicKey);
  const purpose = value.purpose ?? "statement";
  need(["statement", "log"].includes(purpose), `${what} has an unknown purpose`);
  return { name: value.name, algorithm: value.algorithm, publicKey, keyId, roles: value.roles, purpose };
}

async function logHolder(key) {
  const keyId = await keyIdOf("ed25519", key.publicKey);
  return { name: key.name, algorithm: "ed25519", publicKey: key.publicKey, keyId, roles: [], purpose: "log" };
}

function readRule(rule, name) {
  need(isPrintable(name) && (name === "default" || name.includes(":")), `the policy names ${name.slice(0, 64)}, which is no predicate type`);
  exactly(rule, ["roles", "threshold", "algorithms"], "a rule of the policy");
  need(Number.isInteger(rule.threshold) && rule.threshold >= 1, "a threshold of the policy is not a number from 1");
  needTexts(rule.roles, "the roles of a rule of the policy");
  needTexts(rule.algorithms, "the algorithms of a rule of the policy");
  need(rule.algorithms.every((one) => Object.hasOwn(ALGORITHMS, one) && ALGORITHMS[one].prefix), "a rule of the policy asks for an unknown algorithm");
}

async function readWitnesses(value) {
  exactly(value, ["minimum", "freshness_seconds", "keys"], "the witnesses in the trust file");
  need(Number.isInteger(value.freshness_seconds) && value.freshness_seconds >= 1, "the freshness asked of witnesses is not a number from 1");
  need(isIndex(value.minimum) && Array.isArray(value.keys), "the witnesses in the trust file are malformed");
  const keys = [];
  for (const one of value.keys) {
    if (typeof one !== "string") exactly(one, ["key", "group"], "a witness in the trust file");
    const key = await parseVerifierKey(typeof one === "string" ? one : one.key);
    need(key.kind !== 1, "a witness in the trust file has the key of a log");
    keys.push({ ...key, group: typeof one === "string" ? key.name : one.group });
  }
  need(keys.every((key) => isPrintable(key.group)), "a witness in the trust file has no printable group");
  need(new Set(keys.map((key) => toHex(key.publicKey) + key.name + key.kind)).size === keys.length, "the trust file lists a witness twice");
  need(value.minimum <= new Set(keys.map((key) => key.group)).size, "the trust file asks for more witnesses than it lists");
  return { minimum: value.minimum, freshness: value.freshness_seconds, keys };
}

const ruleFor = (trust, type) => (Object.hasOwn(trust.policy, type) ? trust.policy[type] : trust.policy.default);

const countsAt = (tenure, index) => tenure.since <= index && (tenure.until === null || index <= tenure.until);

function endBy(tenure, index) {
  if (tenure.until === null || tenure.until > index) tenure.until = index;
}

// The holders who satisfy a rule with these keys: each with a key of every algorithm, in one of the roles.
function sufficient(rule, keys) {
  const algorithms = new Map();
  for (const key of keys) {
    if (!key.roles.some((role) => rule.roles.includes(role))) continue;
    algorithms.set(key.name, (algorithms.get(key.name) ?? new Set()).add(key.algorithm));
  }
  const names = [...algorithms].filter(([, found]) => rule.algorithms.every((one) => found.has(one)));
  return names.map(([name]) => name).sort(byCodePoint);
}

// Who stands behind an envelope at an index; throws Failure when it does not hold, and Void when it does not count.
async function authorise(trust, tenures, envelope, type, index) {
  const where = `the statement at index ${index}`;
  need(envelope.statement().predicateType === type, `${where} is not a ${type} statement`);
  const signed = [];
  for (const { keyId, value } of envelope.signatures) {
    const tenure = tenures.get(keyId);
    if (!tenure || tenure.holder.purpose !== "statement") continue;
    const { algorithm, publicKey } = tenure.holder;
    const holds = await signatureHolds(algorithm, publicKey, value, signedMessage(envelope.payload));
    need(holds, `a signature of ${where} does not hold`);
    signed.push(tenure);
  }
  if (!signed.length) throw new Void(`${where} is signed by no key that is trusted`);
  const rule = ruleFor(trust, type);
  const counting = signed.filter((tenure) => countsAt(tenure, index)).map((tenure) => tenure.holder);
  const actors = sufficient(rule, counting);
  if (actors.length < rule.threshold) throw new Void(`${where} lacks signatures that count there`);
  const keys = counting.filter((key) => actors.includes(key.name) && key.roles.some((role) => rule.roles.includes(role)));
  return { actors, roles: [...new Set(keys.flatMap((key) => key.roles))], keyIds: keys.map((key) => key.keyId) };
}

// Every key ever trusted with the indices at which it counted, after these events: [index, envelope] in log order.
async function replayKeys(trust, events) {
  const tenures = new Map(trust.initial.map((holder) => [holder.keyId, { holder, since: 0, until: null }]));
  const origins = new Map();
  for (const [index, envelope] of events) {
    try {
      const event = await readKeyEvent(envelope.statement());
      const by = await authorise(trust, tenures, envelope, KEY_EVENT, index);
      checkGrant(trust, event, by.keyIds.map((keyId) => tenures.get(keyId).holder));
      checkChange(tenures, event, index);
      applyEvent(trust, tenures, origins, event, index, by.keyIds);
    } catch (error) {
      // An event that is malformed or not authorised changes nothing.
      if (!(error instanceof Failure)) throw error;
    }
  }
  return tenures;
}

async function readKeyEvent(statement) {
  const found = statement.predicate;
  exactly(found, ["event", "key", "replaces", "compromised_since", "issued", "by"], "a key event");
  need(["introduced", "rotated", "revoked"].includes(found.event), "a key event is of an unknown kind");
  const key = await readHolder(found.key, "the key of a key event", ["purpose"]);
  const { replaces, compromised_since: since } = found;
  need((found.event === "rotated") === (replaces !== null), 'a key event and its "replaces" disagree');
  need(found.event === "revoked" || since === null, 'only a revocation says "compromised_since"');
  need(since === null || (Number.isInteger(since) && since >= 0), '"compromised_since" is not an index');
  need(replaces !== key.keyId, "a key can't replace itself");
  need(key.purpose === "log" || key.roles.length > 0, "a key that signs statements needs a role");
  const subjects = statement.subject.map((one) => canonical(one.digest));
  need(subjects.length === 1 && subjects[0] === canonical({ sha256: key.keyId }), "a key event is not about its key");
  return { event: found.event, key, replaces, since };
}

// Nobody hands out, or takes away, what is not theirs.
function checkGrant(trust, event, by) {
  if (event.key.purpose === "log") {
    need(event.key.name === trust.origin, "a log key must be named by the log's origin");
    return;
  }
  if (by.some((one) => one.roles.includes("root"))) return;
  const own = by.filter((one) => one.name === event.key.name);
  need(own.length > 0, "a key event changes another holder's keys");
  const held = own.flatMap((one) => one.roles);
  need(event.event === "revoked" || event.key.roles.every((role) => held.includes(role)), "a key event grants a role not held");
}

function checkChange(tenures, event, index) {
  const known = tenures.get(event.key.keyId);
  if (event.event === "revoked") {
    need(known && agrees(known.holder, event), "the revoked key is not one of this holder's");
    need(event.since === null || event.since <= index, "a key can't be compromised in the future");
    return;
  }
  need(!known || (known.until === null && agrees(known.holder, event)), "the new key was known before, in another state");
  if (event.replaces === null) return;
  const old = tenures.get(event.replaces);
  need(old && countsAt(old, index) && old.until === null, "the key to be replaced is not in effect");
  need(old.holder.name === event.key.name && old.holder.purpose === event.key.purpose, "a key is replaced by another holder's");
}

function agrees(known, event) {
  const { name, algorithm, purpose, keyId, roles } = event.key;
  if (known.name !== name || known.algorithm !== algorithm || known.purpose !== purpose || known.keyId !== keyId) return false;
  return event.event !== "introduced" || canonical([...known.roles].sort()) === canonical([...roles].sort());
}

function applyEvent(trust, tenures, origins, event, index, keyIds) {
  const { keyId } = event.key;
  if (event.event === "revoked") {
    endBy(tenures.get(keyId), event.since === null ? index : Math.min(index, event.since - 1));
    voidWhatItIntroduced(trust, tenures, origins);
    return;
  }
  if (!tenures.has(keyId)) {
    tenures.set(keyId, { holder: event.key, since: index + 1, until: null });
    origins.set(keyId, { index, event, keyIds });
  }
  if (event.replaces !== null) endBy(tenures.get(event.replaces), index);
}

// End, before they began, the tenures that rest on keys which no longer counted; again until none is left.
function voidWhatItIntroduced(trust, tenures, origins) {
  for (let changed = true; changed; ) {
    changed = false;
    for (const [keyId, origin] of origins) {
      const tenure = tenures.get(keyId);
      const before = tenure.since - 1;
      if ((tenure.until === null || tenure.until > before) && !stands(trust, tenures, origin)) {
        endBy(tenure, before);
        changed = true;
      }
    }
  }
}

function stands(trust, tenures, { index, event, keyIds }) {
  const counting = keyIds.map((keyId) => tenures.get(keyId)).filter((tenure) => countsAt(tenure, index));
  const holders = counting.map((tenure) => tenure.holder);
  const rule = ruleFor(trust, KEY_EVENT);
  if (sufficient(rule, holders).length < rule.threshold) return false;
  try {
    checkGrant(trust, event, holders);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return false;
  }
  return true;
}

// The log keys that may sign a checkpoint of this size.
function logKeysAt(trust, tenures, size) {
  const held = [...tenures.values()].filter(
    ({ holder, since, until }) => holder.purpose === "log" && since <= size && (until === null || size <= until + 1),
  );
  return Promise.all(held.map(async ({ holder }) => asVerifierKey(holder)));
}

async function asVerifierKey({ name, publicKey }) {
  const material = concat(Uint8Array.of(1), publicKey);
  const keyId = toHex((await sha256(concat(utf8(`${name}\n`), material))).subarray(0, 4));
  return { name, kind: 1, algorithm: "ed25519", publicKey, keyId };
}
