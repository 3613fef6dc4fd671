// Copies what stands in a field. Without this script the field can be selected all the same.
"use strict";
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    const told = button.parentElement.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = "Copied";
    } catch {
      field.select();
      told.textContent = "Selected: copy it with the keyboard";
    }
  });
}
