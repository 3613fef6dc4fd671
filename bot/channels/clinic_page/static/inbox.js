// The inbox by itself: what is new appears, what is typed stays, the tab says how many wait. Without it the pages work, and are
// loaded anew by hand. All that is shown is built as nodes with text in them.
"use strict";
(() => {
  const OFTEN = 3000; // ms
  const HIDDEN = 10000; // ms, where nobody looks
  const title = document.title;
  const list = document.getElementById("inbox");
  const talk = document.getElementById("talk");
  const KEY = `clinic-inbox:${location.pathname}`;
  let unseen = 0;

  // In the tab, for the page as it is loaded anew: what is typed, or where the focus is.
  function kept(does, ...given) {
    try {
      return sessionStorage[does](KEY, ...given);
    } catch {
      return null; // storage is blocked: then it is lost
    }
  }

  function count(many) {
    document.title = many ? `(${many}) ${title}` : title;
  }

  async function news(address) {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (answer.status === 401) location.reload(); // signed out: the page says so
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  // For ever; what goes wrong once goes right again, or the page is loaded anew.
  async function keep(look) {
    for (;;) {
      await new Promise((done) => {
        const timer = setTimeout(done, document.hidden ? HIDDEN : OFTEN);
        document.addEventListener("visibilitychange", () => { clearTimeout(timer); done(); }, { once: true });
      });
      try {
        await look();
      } catch {
        // No connection just now, or none in time.
      }
    }
  }

  if (list) {
    count(Number(list.dataset.waiting));
    // What had the focus has it again when the list is another one.
    const held = kept("getItem");
    kept("removeItem");
    [...document.querySelectorAll(".talk a")].find((one) => one.pathname === held)?.focus();
    keep(async () => {
      const { mark, waiting, since } = await news(list.dataset.news);
      count(waiting);
      for (const one of document.querySelectorAll("[data-of]")) one.textContent = since[one.dataset.of] ?? one.textContent;
      if (mark === list.dataset.mark) return;
      if (document.activeElement?.pathname) kept("setItem", document.activeElement.pathname);
      location.reload();
    });
  }

  if (talk) {
    const text = document.getElementById("text");
    const told = document.getElementById("news");
    const reply = document.getElementById("reply");
    if (text) {
      if (!text.value) text.value = kept("getItem") || "";
      text.addEventListener("input", () => kept("setItem", text.value));
      text.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) reply.querySelector("button").click();
      });
      reply.addEventListener("submit", () => kept("removeItem"));
    }
    talk.lastElementChild?.scrollIntoView({ block: "center" });

    const node = (name, attributes, ...children) => {
      const made = document.createElement(name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      made.append(...children);
      return made;
    };
    const shown = ({ side, who, text: said, at, iso, alarm }) =>
      node("li", { class: `${side} new${alarm ? " alarm" : ""}` },
        node("p", { class: "by" }, ...(who ? [node("b", {}, who), " "] : []), node("time", { datetime: iso }, at)),
        node("p", { class: "text", dir: "auto" }, said));

    keep(async () => {
      const { state, who, mine, lines } = await news(`${talk.dataset.news}?after=${talk.dataset.last}`);
      for (const line of lines) {
        talk.append(shown(line));
        talk.dataset.last = line.seq;
        if (document.hidden && line.side === "patient") unseen += 1;
      }
      count(unseen);
      if (lines.length) {
        told.textContent = `${lines.length === 1 ? "A new line" : `${lines.length} new lines`} above.`;
        talk.lastElementChild.scrollIntoView({ block: "center", behavior: "smooth" });
      }
      if (state === talk.dataset.state && who === talk.dataset.who && mine === Boolean(talk.dataset.mine)) return;
      // Somebody took it on, over, or ended it. What can be done is another thing now: at once, unless somebody types.
      if (!text?.value) return location.assign(location.pathname); // and not anew: the page may be what a form was answered with
      told.textContent = state === "closed" ? "This is over now. What you typed is not sent; it stays here to copy."
        : mine ? "You answer this one." : who ? `${who} answers this one now.` : "Nobody answers it now.";
      Object.assign(talk.dataset, { state, who, mine: mine ? "yes" : "" });
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      unseen = 0;
      count(0);
    });
    document.addEventListener("focusin", () => {
      for (const one of talk.querySelectorAll(".new")) one.classList.remove("new");
    });
  }
})();
