document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.link);
    button.textContent = "Copied";
  } catch {
    // No clipboard outside of a secure page: to be copied by hand.
    prompt("The link, good for an hour:", button.dataset.link);
  }
});
