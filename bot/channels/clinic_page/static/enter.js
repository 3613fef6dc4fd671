// What stands behind the # of a link is sent to no server by itself, so no log and nothing that looks into mail has it.
"use strict";
const field = document.getElementById("link");
function take() {
  const key = location.hash.slice(1);
  if (key) {
    field.value = key;
    history.replaceState(null, "", location.pathname);
    field.form.querySelector("button").focus();
  }
}
take();
// A link that is opened where this page is open already loads nothing.
addEventListener("hashchange", take);
