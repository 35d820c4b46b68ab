// Without this script the form is posted as it is. With it, a file is checked as soon as it is chosen, dropped or
// pasted, and shown beside its verdict; the picture comes from the reader's own disk.
const page = document.documentElement;
const form = document.querySelector("form.drop");
const input = form.elements.namedItem("file");
const status = document.getElementById("status");
const words = form.dataset;
let shown = null;
let latest = 0;

page.classList.add("js");

input.addEventListener("change", () => check(input.files[0]));

for (const kind of ["dragenter", "dragover"]) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    page.classList.add("over");
  });
}
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) page.classList.remove("over");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  page.classList.remove("over");
  check(event.dataTransfer.files[0]);
});
addEventListener("paste", (event) => check(event.clipboardData.files[0]));

async function check(file) {
  if (!file) return;
  const turn = ++latest;
  place(null);
  if (file.size > Number(words.limit)) {
    status.textContent = words.large;
    return;
  }
  status.textContent = words.checking;
  page.classList.add("busy");
  try {
    const answer = await ask(file);
    if (turn !== latest) return;
    if (!answer) throw new TypeError("an answer of another kind");
    status.textContent = "";
    place(answer, file);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if (turn === latest) status.textContent = words.unreachable;
  } finally {
    if (turn === latest) page.classList.remove("busy");
    input.value = "";
  }
}

// The server renders the verdict in the reader's language; only that part of its page is taken over.
async function ask(file) {
  const data = new FormData();
  data.append("file", file, "file");
  const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "text/html" } });
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  return parsed.getElementById("result");
}

function place(answer, file) {
  document.getElementById("result")?.remove();
  if (shown) URL.revokeObjectURL(shown);
  shown = null;
  if (!answer) return;
  status.after(document.adoptNode(answer));
  preview(answer.querySelector(".preview"), file);
  answer.focus();
  answer.scrollIntoView({ block: "start" });
}

function preview(figure, file) {
  const kind = { image: "img", audio: "audio", video: "video" }[file.type.split("/")[0]];
  if (!figure || !kind) return;
  const element = document.createElement(kind);
  shown = URL.createObjectURL(file);
  element.addEventListener("error", () => { figure.hidden = true; });
  if (kind === "img") element.alt = words.preview;
  else element.controls = true;
  element.setAttribute("aria-label", words.preview);
  element.src = shown;
  figure.prepend(element);
  figure.hidden = false;
}
