// Public keys and signatures, by WebCrypto. A browser that lacks an algorithm can't check it, and says so.

const ALGORITHMS = {
  ed25519: { name: "Ed25519", format: "raw", length: 32, prefix: "302a300506032b6570032100" },
  "ml-dsa-65": {
    name: "ML-DSA-65",
    format: "raw-public",
    length: 1952,
    prefix: "308207b2300b0609608648016503040312038207a100",
  },
  "ml-dsa-44": { name: "ML-DSA-44", format: "raw-public", length: 1312, prefix: "" },
};

// Whether the key made the signature. Throws Impossible where this browser lacks the algorithm.
async function signatureHolds(algorithm, publicKey, signature, message) {
  const { name, format } = ALGORITHMS[algorithm];
  let key;
  try {
    key = await crypto.subtle.importKey(format, publicKey, { name }, false, ["verify"]);
  } catch (error) {
    if (error.name === "DataError") throw new Failure(`a public key is not one of ${name}`);
    throw new Impossible(`this browser can't check ${name} signatures`);
  }
  return crypto.subtle.verify({ name }, key, signature, message);
}

// The id of a statement key: SHA-256 of its SubjectPublicKeyInfo.
async function keyIdOf(algorithm, publicKey) {
  const known = Object.hasOwn(ALGORITHMS, algorithm) && ALGORITHMS[algorithm].prefix;
  need(known, `${algorithm} is not an algorithm for statements`);
  need(publicKey.length === ALGORITHMS[algorithm].length, `a public ${algorithm} key has a wrong length`);
  return sha256Hex(concat(fromHex(ALGORITHMS[algorithm].prefix), publicKey));
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
