// Without this script and htmx the forms are posted as they are. With them the conversation stays where it is: a turn is
// sent, its answer put in place, and the cursor is where the next turn is typed.
const status = document.getElementById("status");
const place = document.getElementById("main");

document.documentElement.classList.add("js");

place.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.tagName !== "TEXTAREA") return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// An answer that isn't this page (too many requests, a proxy's own words) must not wipe what was typed.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.responseText.includes('id="live"')) return;
  event.detail.shouldSwap = false;
  tell(status.dataset.unreachable);
});
document.body.addEventListener("htmx:sendError", () => tell(status.dataset.unreachable));

document.body.addEventListener("htmx:afterSettle", () => {
  const error = document.getElementById("error");
  const said = document.querySelector("[data-last][data-role=assistant] .said")?.textContent ?? "";
  tell(error ? "" : `${status.dataset.answered} ${said}`, true);
  if (error) error.scrollIntoView({ block: "center" });
  else document.querySelector("[data-last]")?.scrollIntoView({ block: "start" });
  document.querySelector(".result textarea, #text")?.focus({ preventScroll: true });
});

function tell(text, quietly = false) {
  status.textContent = text;
  status.className = quietly ? "hidden" : "notice";
}
