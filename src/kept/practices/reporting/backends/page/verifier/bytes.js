"use strict";

// Bytes, text and hashes.

class Failure extends Error {} // what was checked does not hold
class Void extends Failure {} // a statement whose signatures hold, but don't count at its index
class Impossible extends Error {} // what could not be checked here

function need(condition, message) {
  if (!condition) throw new Failure(message);
}

const utf8 = (text) => new TextEncoder().encode(text);

function fromUtf8(bytes, what) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure(`${what} is not UTF-8`);
  }
}

function fromBase64(text, what) {
  const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  need(typeof text === "string" && strict.test(text), `${what} is not base64`);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  need(toBase64(bytes) === text, `${what} is not canonical base64`);
  return bytes;
}

function toBase64(bytes) {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

const toBase64Url = (bytes) => toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function sameBytes(one, other) {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const sha256Hex = async (bytes) => toHex(await sha256(bytes));

// Canonical JSON as the provider's side writes it: sorted keys (by code point), no spaces, not ASCII-escaped.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    const keys = Object.keys(value).sort(byCodePoint);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

function byCodePoint(one, other) {
  const left = Array.from(one, (c) => c.codePointAt(0));
  const right = Array.from(other, (c) => c.codePointAt(0));
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return left[i] - right[i];
  return left.length - right.length;
}

// JSON.parse keeps the last of two equal keys; signed JSON must not be read in two ways.
function parseJson(text, what) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure(`${what} is not JSON: ${error.message}`);
  }
  need(countKeys(text) === countKeysOf(value), `${what} repeats a key`);
  needPlain(value, what, 0);
  return value;
}

// JSON texts can hide infinities (1e999) and halves of characters, which no other reader would take.
function needPlain(value, what, depth) {
  if (typeof value === "number") need(Number.isFinite(value), `${what} holds a number beyond all numbers`);
  if (typeof value === "string") need(!/\p{Surrogate}/u.test(value), `${what} holds half a character`);
  if (!value || typeof value !== "object") return;
  need(depth < 64, `${what} is nested more than 64 deep`);
  for (const name of Object.keys(value)) {
    needPlain(name, what, depth + 1);
    needPlain(value[name], what, depth + 1);
  }
}

function countKeys(text) {
  let keys = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '"') continue;
    for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
    let next = i + 1;
    while (" \t\r\n".includes(text[next]) && next < text.length) next++;
    if (text[next] === ":") keys++;
  }
  return keys;
}

function countKeysOf(value) {
  let keys = 0;
  const open = [value];
  while (open.length) {
    const next = open.pop();
    if (!next || typeof next !== "object") continue;
    const children = Object.values(next);
    if (!Array.isArray(next)) keys += children.length;
    for (const child of children) open.push(child);
  }
  return keys;
}

// The first difference of two JSON values, as a path, or null. Numbers agree within 1e-9.
function difference(one, other, path = "") {
  if (typeof one === "number" && typeof other === "number") return Math.abs(one - other) <= 1e-9 ? null : path || "/";
  if (!one || !other || typeof one !== "object" || typeof other !== "object") return one === other ? null : path || "/";
  if (Array.isArray(one) !== Array.isArray(other)) return path || "/";
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  for (const key of keys) {
    if (!Object.hasOwn(one, key) || !Object.hasOwn(other, key)) return `${path}/${key}`;
    const found = difference(one[key], other[key], `${path}/${key}`);
    if (found) return found;
  }
  return null;
}
