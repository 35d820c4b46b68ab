// What a reporter's browser does alone: receipt codes and what follows from them, the archive of a report, and sealing.
// The same as methods/receipts.py and methods/bundles.py; `age` is the module age.js.

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_BYTES = 20;
const GROUP = 4;
const INFO = "kept disclosure receipt v1 ";
const BLOCK = 512;
const text = new TextEncoder();

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function randomHex(size) {
  return hex(crypto.getRandomValues(new Uint8Array(size)));
}

function letters(number, count) {
  let written = "";
  for (let at = count - 1; at >= 0; at -= 1) written += LETTERS[Number((number >> BigInt(5 * at)) & 31n)];
  return written;
}

async function check(random) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", random));
  return letters(BigInt(`0x${hex(digest.slice(0, 3))}`) >> 4n, GROUP);
}

export async function codeOf(random) {
  const written = letters(BigInt(`0x${hex(random)}`), (CODE_BYTES * 8) / 5) + (await check(random));
  return written.match(/.{4}/g).join("-");
}

export function newCode() {
  return codeOf(crypto.getRandomValues(new Uint8Array(CODE_BYTES)));
}

// The random bytes of a code, however it was typed; null for one that was mistyped.
async function randomOf(code) {
  const typed = code.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  const length = (CODE_BYTES * 8) / 5;
  if (typed.length !== length + GROUP || Array.from(typed).some((letter) => !LETTERS.includes(letter))) return null;
  let number = 0n;
  for (const letter of typed.slice(0, length)) number = (number << 5n) | BigInt(LETTERS.indexOf(letter));
  const written = number.toString(16).padStart(CODE_BYTES * 2, "0");
  const random = Uint8Array.from(written.match(/../g), (pair) => parseInt(pair, 16));
  return (await check(random)) === typed.slice(length) ? random : null;
}

// What follows from a code: handle and secret, in hex, the identity that reads replies, and its public half.
export async function keysOf(code, age) {
  const random = await randomOf(code);
  if (!random) return null;
  const key = await crypto.subtle.importKey("raw", random, "HKDF", false, ["deriveBits"]);
  const derive = async (name, size) => {
    const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: text.encode(INFO + name) };
    return new Uint8Array(await crypto.subtle.deriveBits(how, key, size * 8));
  };
  const identity = age.bech32.encodeFromBytes("age-secret-key-", await derive("identity", 32)).toUpperCase();
  return {
    handle: hex(await derive("handle", 16)),
    secret: hex(await derive("secret", 32)),
    identity,
    recipient: await age.identityToRecipient(identity),
  };
}

function header(name, size) {
  const block = new Uint8Array(BLOCK);
  const put = (at, words) => block.set(text.encode(words), at);
  put(0, name);
  put(100, "0000600\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\u000000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

// The archive of a report: `document` without its files, and `files` as {name, type, bytes}.
export async function archive(document, files) {
  const named = [];
  for (const { name, type, bytes } of files) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    named.push({ name: name.slice(0, 300), media_type: type.slice(0, 100), sha256: hex(digest) });
  }
  const members = [["report.json", text.encode(JSON.stringify({ version: 1, ...document, files: named }))]];
  files.forEach(({ bytes }, at) => members.push([`files/${at + 1}`, bytes]));
  const length = members.reduce((total, [, bytes]) => total + BLOCK + Math.ceil(bytes.length / BLOCK) * BLOCK, 2 * BLOCK);
  const made = new Uint8Array(length);
  let at = 0;
  for (const [name, bytes] of members) {
    made.set(header(name, bytes.length), at);
    made.set(bytes, at + BLOCK);
    at += BLOCK + Math.ceil(bytes.length / BLOCK) * BLOCK;
  }
  return made;
}

export async function seal(age, bytes, recipients) {
  const encrypter = new age.Encrypter();
  recipients.forEach((recipient) => encrypter.addRecipient(recipient));
  return encrypter.encrypt(bytes);
}

// What one of the identities opens, or null.
export async function open(age, bytes, identities) {
  const decrypter = new age.Decrypter();
  identities.forEach((identity) => decrypter.addIdentity(identity));
  try {
    return await decrypter.decrypt(bytes);
  } catch {
    return null;
  }
}
