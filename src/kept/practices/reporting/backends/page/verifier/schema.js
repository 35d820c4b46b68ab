// What the fields of a statement must be: SCHEMAS holds, by predicate type, the JSON schema that predicates/ gives.

function needSchema(type, value, what) {
  need(Object.hasOwn(SCHEMAS, type), `${what} is of a type that this release doesn't know`);
  const wrong = faultIn(SCHEMAS[type], value, SCHEMAS[type].$defs ?? {});
  need(wrong === null, `${what} is malformed${wrong ? ` at ${wrong.slice(1)}` : ""}`);
}

const fitsSchema = (type, value) => faultIn(SCHEMAS[type], value, SCHEMAS[type].$defs ?? {}) === null;

const KINDS = {
  string: (value) => typeof value === "string",
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: Array.isArray,
  object: isObject,
};

// What each word asks of a value; a word that isn't here is one that this reader was not taught.
const ASKED = {
  $defs: () => true,
  type: (kind, value) => KINDS[kind](value),
  const: (one, value) => value === one,
  enum: (all, value) => all.includes(value),
  pattern: (pattern, value) => typeof value !== "string" || new RegExp(pattern, "u").test(value),
  minLength: (least, value) => typeof value !== "string" || Array.from(value).length >= least,
  maxLength: (most, value) => typeof value !== "string" || Array.from(value).length <= most,
  minimum: (least, value) => typeof value !== "number" || value >= least,
  maximum: (most, value) => typeof value !== "number" || value <= most,
  exclusiveMinimum: (least, value) => typeof value !== "number" || value > least,
  exclusiveMaximum: (most, value) => typeof value !== "number" || value < most,
  minItems: (least, value) => !Array.isArray(value) || value.length >= least,
  maxItems: (most, value) => !Array.isArray(value) || value.length <= most,
};

// Words that lead into a value: each tells where it is wrong, or null.
const LEADING = {
  $ref: (name, value, defs) => faultIn(defs[name.replace("#/$defs/", "")], value, defs),
  anyOf: (all, value, defs) => (all.some((one) => faultIn(one, value, defs) === null) ? null : ""),
  oneOf: (all, value, defs) => (all.filter((one) => faultIn(one, value, defs) === null).length === 1 ? null : ""),
  required: (names, value) => missing(names, value),
  properties: (all, value, defs) => (isObject(value) ? firstFault(value, (name) => all[name], all, defs) : null),
  items: (one, value, defs, schema) => {
    if (!Array.isArray(value)) return null;
    const led = schema.prefixItems?.length ?? 0;
    return one === false ? (value.length > led ? "" : null) : firstFault(value.slice(led), () => one, null, defs);
  },
  prefixItems: (all, value, defs) => (Array.isArray(value) ? firstFault(value.slice(0, all.length), (i) => all[i], null, defs) : null),
  additionalProperties: (one, value, defs, schema) => {
    if (!isObject(value) || one === true) return null;
    const own = Object.keys(value).filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
    if (one === false) return own.length ? `.${own[0]}` : null;
    return firstFault(Object.fromEntries(own.map((name) => [name, value[name]])), () => one, null, defs);
  },
};

function faultIn(schema, value, defs) {
  for (const [word, wanted] of Object.entries(schema)) {
    if (Object.hasOwn(LEADING, word)) {
      const fault = LEADING[word](wanted, value, defs, schema);
      if (fault !== null) return fault;
    } else {
      if (!Object.hasOwn(ASKED, word)) throw new Impossible(`this verifier was not taught the word ${word} of a schema`);
      if (!ASKED[word](wanted, value)) return "";
    }
  }
  return null;
}

function firstFault(values, schemaOf, only, defs) {
  for (const [name, value] of Object.entries(values)) {
    if (only && !Object.hasOwn(only, name)) continue;
    const fault = faultIn(schemaOf(name), value, defs);
    if (fault !== null) return `.${name}${fault}`;
  }
  return null;
}

function missing(names, value) {
  const lacking = isObject(value) ? names.find((name) => !Object.hasOwn(value, name)) : undefined;
  return lacking === undefined ? null : `.${lacking}`;
}
