// What a reader is told of an answer that refuses: in the page's language where it has words for it, and else that it did
// not work, with what the server said, which is English.

export function refuse(told, { code, message }, words) {
  const refusals = JSON.parse(words.refusals);
  const known = code && (refusals[code] ?? refusals[code.split(".")[0]]);
  told.hidden = false;
  told.dataset.tone = "bad";
  told.textContent = known || words.failed;
  if (known || !code) return;
  const said = document.createElement("small");
  said.lang = "en";
  said.dir = "ltr";
  said.textContent = message;
  told.append(" ", said);
}
