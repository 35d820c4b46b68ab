// Without this script and htmx the forms are posted as they are. With them the page stays where it is, and the cursor
// goes to what was wrong, or to what was just recorded.

// An answer that is no page (too many requests, a proxy's own words) must not wipe what was typed.
function failed() {
  const told = document.getElementById("unreachable");
  if (!told) return;
  told.hidden = false;
  told.focus();
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.responseText.includes('id="main"')) return;
  event.detail.shouldSwap = false;
  failed();
});
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:afterSettle", () => {
  const place = document.getElementById("failed") ?? document.getElementById("latest");
  place?.focus({ preventScroll: true });
  place?.scrollIntoView({ block: "center" });
});
