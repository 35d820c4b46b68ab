// in-toto statements in DSSE envelopes, with fields that may be withheld (RFC 9901).

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

function exactly(value, names, what) {
  need(value && typeof value === "object" && !Array.isArray(value), `${what} is not an object`);
  for (const name of names) need(Object.hasOwn(value, name), `${what} lacks "${name}"`);
  for (const name of Object.keys(value)) need(names.includes(name), `${what} has an unknown field "${name}"`);
  return value;
}

function parseEnvelope(bytes, what) {
  const document = parseJson(fromUtf8(bytes, what), what);
  exactly(document, ["payload", "payloadType", "signatures"], what);
  need(document.payloadType === PAYLOAD_TYPE, `${what} has another payload type`);
  const listed = document.signatures;
  need(Array.isArray(listed) && listed.length > 0 && listed.length <= 16, `${what} needs 1 to 16 signatures`);
  const signatures = listed.map((one) => {
    exactly(one, ["keyid", "sig"], `a signature of ${what}`);
    need(typeof one.keyid === "string" && one.keyid.length > 0, `a signature of ${what} names no key`);
    return { keyId: one.keyid, value: fromAnyBase64(one.sig, `a signature of ${what}`) };
  });
  need(new Set(signatures.map((one) => one.keyId)).size === signatures.length, `${what} repeats a key`);
  const payload = fromAnyBase64(document.payload, `the payload of ${what}`);
  return { payload, signatures, statement: () => parseStatement(payload, what) };
}

// The envelope as it is written: canonical JSON with standard base64.
function envelopeText({ payload, signatures }) {
  const listed = signatures.map(({ keyId, value }) => ({ keyid: keyId, sig: toBase64(value) }));
  return canonical({ payload: toBase64(payload), payloadType: PAYLOAD_TYPE, signatures: listed });
}

function parseStatement(payload, what) {
  const document = parseJson(fromUtf8(payload, what), what);
  exactly(document, ["_type", "subject", "predicateType", "predicate"], what);
  need(document._type === STATEMENT_TYPE, `${what} is not an in-toto statement`);
  need(typeof document.predicateType === "string" && document.predicateType, `${what} has no predicate type`);
  const { predicate, subject } = document;
  need(predicate && typeof predicate === "object" && !Array.isArray(predicate), `${what} has no predicate`);
  need(Array.isArray(subject) && subject.length > 0, `${what} has no subject`);
  for (const one of subject) {
    exactly(one, ["name", "digest"], `a subject of ${what}`);
    need(one.digest && Object.keys(one.digest).length > 0, `a subject of ${what} has no digest`);
  }
  return document;
}

function fromAnyBase64(text, what) {
  need(typeof text === "string" && text.length > 0, `${what} is not base64`);
  return fromBase64(/[-_]/.test(text) ? text.replaceAll("-", "+").replaceAll("_", "/") : text, what);
}

// What a DSSE signature is made over.
function signedMessage(payload) {
  return concat(utf8(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload);
}

// The predicate with the disclosed fields in their place and without "_sd".
async function revealed(predicate, disclosures) {
  const listed = Object.hasOwn(predicate, "_sd") ? predicate._sd : [];
  need(Array.isArray(listed) && listed.every((one) => typeof one === "string"), '"_sd" is not a list of digests');
  const hidden = new Set(listed);
  need(hidden.size === listed.length, '"_sd" repeats a digest');
  const shown = { ...predicate };
  delete shown._sd;
  for (const disclosure of disclosures) {
    need(typeof disclosure === "string" && /^[A-Za-z0-9_-]+$/.test(disclosure), "a disclosure is malformed");
    const digest = await disclosureDigest(disclosure);
    need(hidden.delete(digest), "a disclosure matches no digest of the statement");
    const padded = disclosure.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(disclosure.length / 4) * 4, "=");
    const array = parseJson(fromUtf8(fromBase64(padded, "a disclosure"), "a disclosure"), "a disclosure");
    need(Array.isArray(array) && array.length === 3 && typeof array[1] === "string", "a disclosure is malformed");
    const [, name, value] = array;
    need(!["_sd", "_sd_alg", "..."].includes(name) && !Object.hasOwn(shown, name), "a disclosure repeats a name");
    shown[name] = value;
  }
  return shown;
}

const disclosureDigest = async (disclosure) => toBase64Url(await sha256(utf8(disclosure)));
