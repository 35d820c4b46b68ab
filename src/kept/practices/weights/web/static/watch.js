// Fetches the page again every few seconds and puts its live part in place; what was scrolled to or focused stays.

const EVERY = 5000;
const parser = new DOMParser();
const note = document.querySelector("#freshness");

async function refresh() {
  const answer = await fetch("./", { cache: "no-store", credentials: "same-origin" });
  if (answer.status === 401) return location.reload();
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  const fresh = parser.parseFromString(await answer.text(), "text/html");
  const scrolled = document.querySelector("#live .scroll")?.scrollLeft ?? 0;
  const focused = document.activeElement?.closest("#live .scroll");
  document.querySelector("#live").replaceWith(fresh.querySelector("#live"));
  const table = document.querySelector("#live .scroll");
  if (table) table.scrollLeft = scrolled;
  if (focused) table?.focus();
  note.replaceChildren(...fresh.querySelector("#freshness").childNodes);
  delete note.dataset.late;
}

setInterval(() => {
  if (document.hidden) return;
  refresh().catch(() => {
    note.dataset.late = "";
    note.textContent = note.dataset.unreachable;
  });
}, EVERY);
