// Does the work of a challenge (ALTCHA version 2, PBKDF2/SHA-256), aside, so that the page stays quick.

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function tried(parameters, salt, nonce, counter) {
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: parameters.cost };
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8)));
}

self.onmessage = async ({ data: challenge }) => {
  const { parameters } = challenge;
  const salt = bytesOf(parameters.salt);
  const nonce = bytesOf(parameters.nonce);
  const AT_ONCE = 8;
  for (let first = 0; ; first += AT_ONCE) {
    const counters = Array.from({ length: AT_ONCE }, (_, more) => first + more);
    const keys = await Promise.all(counters.map((counter) => tried(parameters, salt, nonce, counter)));
    const found = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
    if (found >= 0) {
      const solution = { counter: counters[found], derivedKey: keys[found] };
      self.postMessage(btoa(JSON.stringify({ challenge, solution })));
      return;
    }
  }
};
