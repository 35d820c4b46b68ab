// The last step: the page is what report.json gives, as in methods/page.py.

// Written so that they neither begin nor end an element where this script itself is embedded.
const BEGIN = '\x3cscript type="application/octet-stream" id="kept-report">';
const END = "\x3c/script>";
const LARGEST = 256 * 1024 * 1024;

// 8. The page embeds the report, and is to the letter what the release that made it makes of it.
async function checkPage(state) {
  const { files, release, found } = await readable(state);
  const { report } = found;
  if (!state.recomputed) throw new Unmet("the figures did not hold");
  if (release && release.generator !== report.generator) {
    state.foreign = true;
    throw new Unmet("another release made the report, and alone can make its page again");
  }
  if (files) await checkFiled(files, report, release);
  else need(outlineOf(pageOf(report, state.packed)) === state.page, "this page is not what the report that it embeds gives");
  return "index.html, made again from report.json, is the same to the letter";
}

async function checkFiled(files, report, release) {
  const [before, packed, after] = partsOf(fromUtf8(fileNamed(files, "index.html"), "index.html"));
  const held = sameBytes(await unpacked(packed), files.get("report.json"));
  need(held, "the report embedded in index.html is not report.json");
  need(pageOf(report, packed) === before + BEGIN + packed + after, "index.html is not what report.json gives");
  for (const [name, text] of copiesOf(report)) need(sameBytes(fileNamed(files, name), utf8(text)), `${name} is not what report.json holds`);
  for (const [name, digest] of Object.entries(release.files)) {
    need(digest === (await sha256Hex(fileNamed(files, name))), `${name} is not what this release makes`);
  }
  const verifier = outlineOf(fromUtf8(fileNamed(files, "verify.html"), "verify.html"));
  need(release.page === verifier, "verify.html is not what this release makes");
}

// What stands before, in and behind the embedded report.
function partsOf(text) {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END, begin);
  need(begin >= 0 && end >= 0, "index.html embeds no report");
  return [text.slice(0, begin), text.slice(begin + BEGIN.length, end), text.slice(end)];
}

async function unpacked(packed) {
  const compressed = fromBase64(packed, "the embedded report");
  const reader = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts = [];
  let size = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      need(size <= LARGEST, "the embedded report is larger than 256 MiB");
      parts.push(part.value);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`the embedded report can't be unpacked: ${error.message}`);
  }
  return concat(...parts);
}

// The page that this release makes of a report; what it is dressed in is this very page's own.
function pageOf(report, packed) {
  const kinds = report.log.entries.map((entry, i) => kindOf(readEntry(fromBase64(entry, `entry ${i}`), i)));
  const raw = { embedded: new Markup(packed), style: new Markup(STYLE), script: new Markup(SCRIPT) };
  return renderPage({ report, kinds, questions: QUESTIONS, csp: POLICY, ...raw });
}

const kindOf = ({ predicate }) => predicate.replace(/^[^]*\/([a-z0-9-]+)\/v[0-9]+/, "$1").replaceAll("-", " ");

// As a browser reads a page: what the reader's own has become, before anything on it was touched.
const outlineOf = (text) => outline(new DOMParser().parseFromString(text, "text/html"));

const outline = (page) => Array.from(page.childNodes, (node) => node.outerHTML ?? `${node.nodeName}:${node.nodeValue}`).join("\n");

// Read while the script runs, when it can still tell which element it stands in.
const STYLE = document.querySelector("style").textContent;
const SCRIPT = document.currentScript.textContent;
const POLICY = document.querySelector("meta[http-equiv]").getAttribute("content");
