// Reads what was sealed, as methods/bundles.py and backends/age.py do: identity files, and the archive of a report.
// It is hostile until somebody judged it: nothing of it is run, unpacked or believed.

const BLOCK = 512;
const DOCUMENT_LIMIT = 8 * 1024 * 1024;
const FILES = 32;
const IDENTITY = "AGE-SECRET-KEY-1";
const PASSPHRASED = "age-encryption.org/v1\n-> scrypt ";
const strict = new TextDecoder("utf-8", { fatal: true });
const latin = new TextDecoder("latin1");
const utf8 = new TextEncoder();

// A refusal by its name; the page has the words.
export class Refused extends Error {}

// The identities in a file of age's, also one under a passphrase.
export async function identitiesOf(age, bytes, passphrase) {
  let content = bytes;
  if (latin.decode(bytes.subarray(0, PASSPHRASED.length)) === PASSPHRASED) {
    const decrypter = new age.Decrypter();
    decrypter.addPassphrase(passphrase);
    content = await decrypter.decrypt(bytes).catch(() => {
      throw new Refused("wrong_passphrase");
    });
  }
  const lines = latin.decode(content).split(/\r?\n/).map((line) => line.trim());
  const found = lines.filter((line) => line.startsWith(IDENTITY));
  if (!found.length || lines.some((line) => line && !line.startsWith("#") && !found.includes(line))) throw new Refused("wrong_file");
  return found;
}

// What one of the identities opens.
export async function unsealed(age, bytes, identities) {
  const decrypter = new age.Decrypter();
  try {
    identities.forEach((identity) => decrypter.addIdentity(identity));
  } catch {
    throw new Refused("wrong_file");
  }
  return decrypter.decrypt(bytes).catch((error) => {
    throw new Refused(/no identity matched/.test(error.message) ? "wrong_key" : "broken");
  });
}

function octal(block, from, to) {
  const digits = latin.decode(block.subarray(from, to)).replace(/[\0 ]+$/, "");
  if (!/^ *[0-7]+$/.test(digits)) throw new Refused("malformed");
  return parseInt(digits, 8);
}

function named(block, from, to) {
  return latin.decode(block.subarray(from, to)).replace(/\0.*$/s, "");
}

// The members of the archive, whose names and order are known beforehand.
function members(bytes) {
  const found = [];
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const block = bytes.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const sum = block.reduce((total, byte, place) => total + (place >= 148 && place < 156 ? 32 : byte), 0);
    const size = octal(block, 124, 136);
    const expected = found.length ? `files/${found.length}` : "report.json";
    const isPlain = block[156] === 48 || block[156] === 0;
    const isWhole = at + BLOCK + size <= bytes.length;
    if (octal(block, 148, 156) !== sum || !isPlain || !isWhole || named(block, 0, 100) !== expected) throw new Refused("malformed");
    if (found.length > FILES || named(block, 345, 500)) throw new Refused("malformed");
    found.push(bytes.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return found;
}

function text(value) {
  return typeof value === "string" ? value : "";
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

function table(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

async function digestOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function reported(bytes, contents) {
  if (!bytes || bytes.length > DOCUMENT_LIMIT) throw new Refused("malformed");
  let document;
  try {
    document = JSON.parse(strict.decode(bytes));
  } catch {
    throw new Refused("malformed");
  }
  const told = list(table(document).files);
  if (table(document).version !== 1 || told.length !== contents.length) throw new Refused("malformed");
  const names = distinct(told.map((file) => text(table(file).name)));
  const files = contents.map((content, at) => ({ name: names[at], kind: text(table(told[at]).media_type), content }));
  for (const [at, { content }] of files.entries()) {
    const stated = text(table(told[at]).sha256);
    if (stated && stated !== (await digestOf(content))) throw new Refused("malformed");
  }
  const fields = ["title", "what", "steps", "success", "model", "severity", "found", "credit", "contact", "language", "source"];
  const plain = Object.fromEntries(fields.map((name) => [name, text(document[name])]));
  const template = table(document.template);
  return {
    ...plain,
    harms: list(document.harms).map(text).filter(Boolean),
    conversations: list(document.conversations).map((turns) => list(turns).map((turn) => ({ role: text(table(turn).role), content: text(table(turn).content) }))),
    template: text(template.text),
    slots: Object.entries(table(template.slots)).map(([name, values]) => `${name} = ${list(values).map(text).join(" | ")}`),
    files,
  };
}

// The report in what was decrypted: an archive, plain JSON, or plain text; else one file without words.
export async function reportOf(bytes) {
  if (latin.decode(bytes.subarray(257, 262)) === "ustar") {
    const [document, ...contents] = members(bytes);
    return reported(document, contents);
  }
  if (latin.decode(bytes.subarray(0, 64)).trimStart().startsWith("{")) return reported(bytes, []);
  const bare = { title: "", what: "", harms: [], conversations: [], template: "", slots: [], files: [] };
  try {
    return { ...bare, what: strict.decode(bytes) };
  } catch {
    return { ...bare, files: [{ name: "report", kind: "", content: bytes }] };
  }
}

const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i;

// A name without folders, controls, marks that turn text, quotes, leading dots or trailing ones; never empty.
export function harmless(given) {
  const last = given.normalize("NFC").replaceAll("\\", "/").split("/").at(-1);
  const seen = Array.from(last).filter((letter) => letter === " " || !/[\p{C}\p{Z}]/u.test(letter)).join("");
  let name = seen.replace(/[<>:"/\\|?*\x00-\x1f\x7f]/g, "_").replace(/^[ .]+|[ .]+$/g, "");
  if (Array.from(name).length > 120 || utf8.encode(name).length > 200) {
    const [, extension] = /.(\.[^.]{1,16})$/u.exec(name) ?? ["", ""];
    const stem = Array.from(name.slice(0, name.length - extension.length)).slice(0, 120 - Array.from(extension).length);
    while (utf8.encode(stem.join("") + extension).length > 200) stem.pop();
    name = stem.join("").replace(/[ .]+$/, "") + extension;
  }
  if (!name) return "file";
  return RESERVED.test(name) ? `_${name}` : name;
}

// The names made harmless, each once.
function distinct(given) {
  const taken = new Set();
  return given.map(harmless).map((name) => {
    let chosen = name;
    for (let number = 2; taken.has(chosen.toLowerCase()); number += 1) chosen = `${number}-${name}`;
    taken.add(chosen.toLowerCase());
    return chosen;
  });
}
