// What the page's template needs to be rendered again here: the values and filters of Jinja that it uses, as in
// methods/words.py and backends/script.py, which made renderPage from the template.

class Markup {
  constructor(text) {
    this.text = text;
  }
}

const ESCAPED = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;" };

function words(value) {
  if (typeof value === "string") return value;
  need(Number.isInteger(value), "the page shows a value that is neither a text nor a whole number");
  return String(value);
}

// Controls, and the marks that turn the order of what follows: a reader would not see what was signed.
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const escaped = (text) => text.replace(/[&<>'"]/g, (sign) => ESCAPED[sign]);

const shown = (value) => (value instanceof Markup ? value.text : escaped(words(value).replace(UNSEEN, "\ufffd")));

function known(context, name) {
  need(Object.hasOwn(context, name), `the page's template knows no ${name}`);
  return context[name];
}

function member(value, name) {
  need(value !== null && typeof value === "object", `the page's template finds no ${name}`);
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function list(value) {
  need(Array.isArray(value), "the page's template goes through what is no list");
  return value;
}

function truth(value) {
  need(value !== undefined, "the page's template asks for what is not there");
  if (Array.isArray(value)) return value.length > 0;
  return value !== null && typeof value === "object" ? Object.keys(value).length > 0 : Boolean(value);
}

function contains(item, all) {
  if (Array.isArray(all)) return all.includes(item);
  return typeof all === "string" ? all.includes(item) : Object.hasOwn(all, item);
}

function number(one, sign, other) {
  need(typeof one === "number" && typeof other === "number", "the page's template reckons with what is no number");
  return sign === "+" ? one + other : sign === "-" ? one - other : sign === "*" ? one * other : one / other;
}

function percent(share) {
  if (share > 0 && share < 0.0005) return "<0.1%";
  if (share >= 0.9995 && share < 1) return ">99.9%";
  return `${(share * 100).toFixed(1)}%`;
}

function points(difference) {
  const found = (Math.abs(difference) * 100).toFixed(1);
  return `${found === "0.0" ? "" : difference > 0 ? "+" : "−"}${found}`;
}

function decimal(number) {
  const found = Math.abs(number).toFixed(3);
  return `${number < 0 && found !== "0.000" ? "−" : ""}${found}`;
}

function lasting(days) {
  if (days * 1440 < 1) return "less than a minute";
  if (days * 24 < 1) return ofAKind((days * 1440).toFixed(0), "minute");
  if (days < 2) return ofAKind((days * 24).toFixed(1), "hour");
  return ofAKind(days.toFixed(1), "day");
}

// By ISO 4217, as in core/money.py: how many decimals the amounts of a currency have, where not two.
const DECIMALS = Object.assign(Object.create(null), {
  ...withDecimals(0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
  ...withDecimals(3, "BHD IQD JOD KWD LYD OMR TND"),
  ...withDecimals(4, "CLF UYW"),
});

function withDecimals(places, currencies) {
  return Object.fromEntries(currencies.split(" ").map((currency) => [currency, places]));
}

const inThrees = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");

function money(amount, currency) {
  const places = DECIMALS[currency] ?? 2;
  const digits = String(amount).padStart(places + 1, "0");
  const whole = inThrees(digits.slice(0, digits.length - places));
  return `${whole}${places ? "." : ""}${digits.slice(digits.length - places)} ${currency}`;
}

function ofAKind(number, unit) {
  const found = number.replace(/\.0$/, "");
  return `${found} ${unit}${found === "1" ? "" : "s"}`;
}

function grouped(items, name) {
  const found = Object.create(null);
  for (const item of items) (found[item[name]] ??= []).push(item);
  return found;
}

function inRows(items, width) {
  const found = [];
  if (width) for (let at = 0; at < items.length; at += width) found.push(items.slice(at, at + width));
  return found;
}

const trimmed = (text) => text.replace(/^[ \n]+|[ \n]+$/g, "");

const FILTERS = {
  percent,
  points,
  level: (confidence) => percent(confidence).replace(".0%", "%"),
  count: (whole) => inThrees(String(whole)),
  decimal,
  lasting,
  money,
  place: (distance) => distance.toFixed(2),
  day: (time) => time.slice(0, 10),
  minute: (time) => time.slice(0, 16).replaceAll("T", " "),
  short: (identifier) => identifier.slice(0, 8),
  keyed: (items, name) => Object.fromEntries(items.map((item) => [item[name], item])),
  grouped,
  gathered: (items, name) => items.flatMap((item) => item[name]),
  members: (items, name) => items.map((item) => item[name]),
  where: (items, name, value) => items.filter((item) => item[name] === value),
  having: (items, name) => items.filter((item) => truth(item[name])),
  among: (all, name) => (Object.hasOwn(all, name) ? all[name] : []),
  paragraphs: (text) => text.replaceAll("\r", "").split("\n\n").map(trimmed).filter((part) => part),
  rows: inRows,
  length: (all) => (Array.isArray(all) || typeof all === "string" ? all.length : Object.keys(all).length),
  replace: (text, one, other) => text.replaceAll(one, other),
};
