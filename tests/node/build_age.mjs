// Builds the age library of the disclosure room's pages into one file: node build_age.mjs OUT
import { build } from "esbuild";
import { readFileSync } from "node:fs";

const PACKAGES = ["age-encryption", "@noble/ciphers", "@noble/curves", "@noble/hashes", "@noble/post-quantum", "@scure/base"];
const described = PACKAGES.map((name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))));
const named = described.map(({ name, version, license }) => `${name} ${version} (${license})`);

await build({
  stdin: {
    contents: 'export { Decrypter, Encrypter, identityToRecipient } from "age-encryption"; export { bech32 } from "@scure/base";',
    resolveDir: new URL(".", import.meta.url).pathname,
  },
  bundle: true,
  format: "esm",
  legalComments: "none",
  minify: true,
  target: "es2022",
  banner: { js: `/*! ${named.join(", ")}: see age.LICENSE.txt */` },
  outfile: process.argv[2],
});
