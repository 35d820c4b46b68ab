// C2SP signed notes, checkpoints and cosignatures.

const NOTE_KINDS = { 1: "ed25519", 4: "ed25519", 6: "ml-dsa-44" };

function parseNote(document) {
  const cut = document.lastIndexOf("\n\n");
  need(cut >= 0 && document.endsWith("\n"), "the checkpoint is not a signed note");
  need(!/[\x00-\x09\x0b-\x1f]/.test(document), "the checkpoint holds a control character");
  const text = document.slice(0, cut + 1);
  const lines = document.slice(cut + 2).split("\n").slice(0, -1);
  need(lines.length > 0 && lines.length <= 100, "the checkpoint needs 1 to 100 signatures");
  const signatures = lines.map((line) => {
    const match = /^— (\S+) (\S+)$/u.exec(line);
    need(match, "the checkpoint has a malformed signature line");
    const value = fromBase64(match[2], "a signature of the checkpoint");
    need(value.length >= 5, "a signature of the checkpoint is too short");
    return { name: match[1], keyId: toHex(value.subarray(0, 4)), value: value.subarray(4) };
  });
  return { text, signatures };
}

function parseCheckpoint(text) {
  const lines = text.split("\n");
  need(lines.pop() === "" && lines.length >= 3 && lines.every((line) => line), "the checkpoint lacks a line");
  need(/^(0|[1-9][0-9]{0,15})$/.test(lines[1]), "the checkpoint's size is not a number");
  const root = fromBase64(lines[2], "the checkpoint's root");
  need(root.length === 32, "the checkpoint's root is not a hash");
  return { origin: lines[0], size: Number(lines[1]), root };
}

async function parseVerifierKey(text) {
  const [name, id, ...rest] = String(text).trim().split("+");
  const material = fromBase64(rest.join("+"), "a verifier key");
  const kind = material[0];
  const algorithm = NOTE_KINDS[kind];
  need(algorithm, `the verifier key ${name} is of an unknown kind`);
  const publicKey = material.subarray(1);
  need(publicKey.length === ALGORITHMS[algorithm].length, `the verifier key ${name} has a wrong length`);
  const keyId = toHex((await sha256(concat(utf8(`${name}\n`), material))).subarray(0, 4));
  need(keyId === id, `the verifier key ${name} carries another key's id`);
  return { name, kind, algorithm, publicKey, keyId };
}

const signaturesBy = (note, key) =>
  note.signatures.filter((signature) => signature.name === key.name && signature.keyId === key.keyId);

// Whether a key of the log signed the note; a false signature in its name fails.
async function signedByLog(note, keys) {
  let found = false;
  for (const key of keys.filter((key) => key.kind === 1)) {
    for (const signature of signaturesBy(note, key)) {
      const holds = await signatureHolds(key.algorithm, key.publicKey, signature.value, utf8(note.text));
      need(holds, `the signature of ${key.name} over the checkpoint is false`);
      found = true;
    }
  }
  return found;
}

function bigEndian(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

// The message that a witness signs (tlog-cosignature): cosignature/v1 for Ed25519, subtree/v1 for ML-DSA-44.
function cosignedMessage(key, time, text) {
  if (key.kind === 4) return utf8(`cosignature/v1\ntime ${time}\n${text}`);
  const { origin, size, root } = parseCheckpoint(text);
  const named = (name) => concat(Uint8Array.of(utf8(name).length), utf8(name));
  const head = concat(utf8("subtree/v1\n\0"), named(key.name), bigEndian(time), named(origin));
  return concat(head, bigEndian(0), bigEndian(size), root);
}

// The times (in seconds) at which a witness's key cosigned the note; a false cosignature in its name fails.
async function cosignedAt(note, key) {
  const times = [];
  for (const { value } of signaturesBy(note, key)) {
    need(value.length > 8, `the cosignature of ${key.name} is too short`);
    const time = new DataView(value.buffer, value.byteOffset, 8).getBigInt64(0);
    need(time >= 0n, `the cosignature of ${key.name} is malformed`);
    const message = cosignedMessage(key, time, note.text);
    const holds = await signatureHolds(key.algorithm, key.publicKey, value.subarray(8), message);
    need(holds, `the cosignature of ${key.name} is false`);
    times.push(Number(time));
  }
  return times;
}
