// What a site puts before widget.js, in a file of its own or inline: from then on infusionBot can be called, whether the chat has
// loaded, will load later, or its server is down.
window.infusionBot ??= { q: [], isOpen: () => false };
for (const name of ["open", "close", "toggle", "show", "hide", "ask", "on", "off"]) {
  infusionBot[name] ??= (...given) => infusionBot.q.push([name, ...given]);
}

// The example's own: a button calls what stands on it, and what the chat tells is listed.
for (const name of ["ready", "open", "close", "show", "hide", "answer", "urgent"]) {
  infusionBot.on(name, (event) => {
    const list = document.getElementById("heard");
    if (!list) return;
    list.append(document.createElement("li"));
    list.lastChild.textContent = JSON.stringify(event);
  });
}
document.addEventListener("click", ({ target }) => {
  if (target.dataset.call) infusionBot[target.dataset.call](...(target.dataset.with ? [target.dataset.with] : []));
});
