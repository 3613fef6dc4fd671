// The chat's page. What is said lives in the page alone; the tab keeps one random token, so that a reload goes on with the same
// conversation. All that is shown is built as nodes with text in them: no string becomes markup.
"use strict";
(() => {
  const setup = JSON.parse(document.body.dataset.setup);
  const words = setup.words;
  const byId = (id) => document.getElementById(id);
  const [log, form, input, state, menu, menuButton, closeButton] =
    ["log", "form", "input", "state", "menu", "menu-button", "close"].map(byId);
  const KEY = `infusion-bot:${setup.clinic}:conversation`;
  const SLOWEST = 15000; // ms for a request
  const TYPING_AFTER = 300; // ms; most answers are there long before
  const UNDO_FOR = 60000; // ms
  const OWN = document.documentElement.lang;
  const RIGHT_TO_LEFT = ["ar", "fa", "he", "ur"]; // of the languages that a reply may be in
  const LONG = 8000; // characters; whoever has fewer of them refused is not refused for that
  const API = "api/v1/";

  // -- nodes ---------------------------------------------------------------------------------------------------

  function node(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const PATHS = {
    alert: "M12 3L2 20.500h20zM12 10v5M12 18v.1",
    call: "M6 3h3l2 5-2.500 1.500a12 12 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
    copy: "M9 9h11v11H9zM5 15H4V4h11v1",
    text: "M4 5h16v11H10l-5 4v-4H4z",
    up: "M7 11v9H4v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9H19a2 2 0 0 1 2 2.300l-1.200 7A2 2 0 0 1 17.800 20H7",
    down: "M7 13V4H4v9zM7 13l4 8a2.500 2.500 0 0 0 2.500-2.500V15H19a2 2 0 0 0 2-2.300l-1.200-7A2 2 0 0 0 17.800 4H7",
  };

  function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", PATHS[name]);
    svg.append(path);
    return svg;
  }

  function button(look, label, act, sign = null) {
    const made = node("button", { type: "button", class: look }, sign && icon(sign), label);
    made.addEventListener("click", () => act(made));
    return made;
  }

  function item(look, label, ...children) {
    return node("article", { class: look, "aria-label": label }, ...children);
  }

  function note(text, ...children) {
    return place(item("said", words.note, ...text.split("\n\n").map((part) => node("p", {}, part)), ...children));
  }

  // Shows `made` at the end; what is longer than the window from its beginning, with a short question above it.
  function place(made) {
    const before = log.lastElementChild;
    log.append(made);
    // Where the whole page scrolls, the head and the input leave about half of it.
    const room = getComputedStyle(log).overflowY === "visible" ? window.innerHeight / 2 : log.clientHeight;
    const asked = before?.classList.contains("asked") && before.offsetHeight < room / 4 ? before : null;
    if (made.offsetHeight + (asked ? asked.offsetHeight : 0) > room - 40) bring(asked || made, "start");
    else bring(made, "nearest");
    return made;
  }

  function bring(made, block) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    made.scrollIntoView({ block, behavior: calm ? "auto" : "smooth" });
  }

  const safe = (link, schemes) => (typeof link === "string" && schemes.test(link) ? link : null);

  function calls(list, foreign) {
    const links = list.map(({ label, href }) => [label, safe(href, /^(tel|sms):[+0-9]+$/)]).filter(([, href]) => href);
    if (!links.length) return null;
    // In another language the sign says what a word of this one could not.
    const full = (label, href) => (href.startsWith("tel:") && !foreign ? words.call.replace("{number}", () => label) : label);
    return node("div", { class: "calls" }, ...links.map(([label, href]) => call(full(label, href), href)));
  }

  const call = (label, href) =>
    // Out of the frame, as some browsers let nothing but the page itself call.
    node("a", { class: "call", dir: "ltr", href, target: "_top" }, icon(href.startsWith("sms:") ? "text" : "call"), label);

  const direction = (language) => (RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr");

  // -- the server ----------------------------------------------------------------------------------------------

  let token = recall();
  let starting = null;
  let skew = 0; // ms that the server's clock is ahead of this one

  function recall() {
    try {
      return sessionStorage.getItem(KEY);
    } catch {
      return null; // storage is blocked: this page still remembers
    }
  }

  function keep(value) {
    token = value;
    try {
      if (value === null) sessionStorage.removeItem(KEY);
      else sessionStorage.setItem(KEY, value);
    } catch {
      // as above
    }
  }

  // What went wrong: "gone", "busy" (try again after `wait` ms), "expired", "lacking" (no timeline), "closed" (no such choice), "long", or "failed".
  class Trouble extends Error {
    constructor(kind, wait = 0) {
      super(kind);
      this.kind = kind;
      this.wait = wait;
    }
  }

  async function fetched(path, body) {
    const options = { signal: AbortSignal.timeout(SLOWEST), credentials: "omit", cache: "no-store" };
    if (body !== undefined) {
      Object.assign(options, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    }
    let answer;
    let said = null;
    try {
      answer = await fetch(API + path, options);
      if (answer.status !== 204) said = await answer.json();
    } catch {
      // No connection, none in time, or a gateway that speaks for a server that is not there.
      if (!answer || answer.ok || answer.status >= 500) throw new Trouble("gone");
    }
    skew = (Date.parse(answer.headers.get("Date")) || Date.now()) - Date.now();
    if (answer.ok) return said;
    if (answer.status === 404 && said && String(said.type).endsWith("unknown-conversation")) throw new Trouble("expired");
    if (answer.status === 404 && said && String(said.type).endsWith("unknown-choice")) throw new Trouble("closed");
    if (answer.status === 404 && said && String(said.type).endsWith("no-timeline")) throw new Trouble("lacking");
    if (answer.status === 413 || (answer.status === 422 && body?.question?.length > LONG)) throw new Trouble("long");
    if (answer.status === 429 || answer.status === 503) {
      throw new Trouble("busy", 1000 * Math.min(120, Number(answer.headers.get("Retry-After")) || 5));
    }
    throw new Trouble(answer.status === 502 || answer.status === 504 ? "gone" : "failed");
  }

  function begun() {
    if (token !== null) return Promise.resolve(token);
    const fresh = (starting ??= fetched("conversations", { clinic: setup.clinic })
      .then(({ conversation }) => {
        if (starting === fresh) keep(conversation);
        return conversation;
      })
      .finally(() => {
        if (starting === fresh) starting = null;
      }));
    return fresh;
  }

  // Within the conversation. One that has expired is begun anew, once, and nobody is bothered with it.
  async function within(path, body) {
    let conversation;
    try {
      conversation = await begun();
    } catch (trouble) {
      // What is urgent is answered without a conversation, too, and only the server knows what is.
      if (path === "ask" && (body.question || body.choice)) return fetched(path, body);
      throw trouble;
    }
    try {
      return await fetched(path, { ...body, conversation });
    } catch (trouble) {
      if (trouble.kind !== "expired") throw trouble;
      if (token === conversation) keep(null);
      return fetched(path, { ...body, conversation: await begun() });
    }
  }

  // -- turns: something that a person said or pressed, and what comes of it ---------------------------------------

  let unsent = [];
  let timer = 0;
  let tries = 0;

  function turn(label, work) {
    const bubble = place(item("asked", words.you, node("span", {}, label)));
    byId("examples")?.remove();
    return send({ bubble, work });
  }

  async function send(one) {
    const epoch = era;
    const typing = setTimeout(() => {
      if (epoch === era) one.typing = place(dots());
    }, TYPING_AFTER);
    try {
      const show = await one.work();
      done(one, typing);
      settled();
      if (epoch === era) show();
    } catch (trouble) {
      done(one, typing);
      if (!(trouble instanceof Trouble)) throw trouble;
      if (epoch === era) failed(one, trouble);
    }
  }

  function done(one, typing) {
    clearTimeout(typing);
    one.typing?.remove();
    one.typing = null;
    one.bubble.classList.remove("unsent");
    one.mark?.remove();
    one.mark = null;
  }

  function dots() {
    const signs = node("span", { class: "dots", "aria-hidden": "true" }, node("i"), node("i"), node("i"));
    return item("said", words.note, node("span", { class: "unseen" }, words.typing), signs);
  }

  function failed(one, trouble) {
    if (trouble.kind === "long") {
      one.bubble.classList.add("unsent");
      if (!input.value) fillIn(one.bubble.firstChild.textContent);
      note(words.too_long);
      return;
    }
    one.bubble.classList.add("unsent");
    one.mark = node("small", {}, words.unsent);
    one.bubble.append(one.mark);
    if (!unsent.includes(one)) unsent.push(one);
    const text = trouble.kind === "busy" ? words.busy : trouble.kind === "failed" ? words.apology : words.gone;
    say(navigator.onLine === false ? words.offline : text);
    bring(one.bubble, "nearest");
    clearTimeout(timer);
    if (trouble.kind === "failed") return; // once more would fail once more; the person may try
    tries += 1;
    // Not all at the same moment when a server is back.
    const wait = trouble.wait || Math.min(30000, 1000 * 2 ** tries);
    timer = setTimeout(again, wait * (1 + Math.random() / 4));
  }

  // In the order in which they were said; the first that fails stops the rest.
  let retrying = false;
  async function again() {
    clearTimeout(timer);
    if (retrying) return;
    retrying = true;
    const waiting = unsent;
    unsent = [];
    for (const [at, one] of waiting.entries()) {
      await send(one);
      if (unsent.includes(one)) {
        unsent = [...unsent, ...waiting.slice(at + 1).filter((other) => !unsent.includes(other))];
        break;
      }
    }
    retrying = false;
    settled();
  }

  function settled() {
    if (unsent.length || retrying) return;
    tries = 0;
    if (state.contains(document.activeElement)) input.focus();
    state.replaceChildren();
  }

  function say(text) {
    if (state.textContent.startsWith(text)) return; // said already; once is enough for who listens
    const held = state.contains(document.activeElement);
    const emergency = setup.call ? [call(setup.call.label, setup.call.href)] : [];
    state.replaceChildren(node("p", {}, text), ...emergency, button("chip", words.try_again, again));
    if (held) state.querySelector("button").focus();
  }

  window.addEventListener("online", again);
  window.addEventListener("offline", () => say(words.offline));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && unsent.length) again();
  });

  // -- replies -------------------------------------------------------------------------------------------------

  const ask = (text) => turn(text, async () => reply(await within("ask", { question: text })));
  // What was offered before the knowledge changed may be gone: its words are a question still.
  const choose = (id, label) =>
    turn(label, async () =>
      reply(
        await within("ask", { choice: id }).catch((trouble) => {
          if (trouble.kind !== "closed") throw trouble;
          return within("ask", { question: label });
        }),
      ),
    );

  const reply = (said) => () => {
    const urgent = said.kind === "urgent";
    const made = urgent ? node("div", { class: "urgent", role: "alert" }) : item(said.kind === "support" ? "said support" : "said", words.answer);
    const { blocks, calls: numbers, picture, feedback, handoff } = said.shown;
    const language = said.language || OWN; // a server of an older release says none
    const foreign = language !== OWN;
    // The text alone is in another language: buttons, and names that are only heard, are in the page's.
    const speech = foreign ? node("div", { lang: language, dir: direction(language) }) : made;
    const told = blocks.flatMap(shownBlock);
    const links = calls(numbers, foreign) || "";
    const offered = said.choices.length ? said.choices : said.related;
    // What leads to the questions on buttons stands right above them.
    const lead = said.related.length && !said.choices.length ? told.splice(-1) : [];
    // What to press comes first where every second counts: the words may be longer than a phone is high.
    speech.append(...(urgent ? [heading(language), links, ...told] : told));
    if (foreign) made.append(speech);
    // The answers to "are you safe?" stand right below the question, and the numbers below them.
    const after = urgent || said.choices.length ? [] : [links];
    made.append(...after, ...lead);
    if (offered.length) {
      made.append(offer(said.choices.length ? words.choices : words.related, offered.map((one) => [one.label, () => choose(one.id, one.label)])));
    }
    if (said.choices.length && !urgent) made.append(links);
    // Behind a button, as it is as tall as a window.
    if (picture) made.append(offer(words.menu_timeline, [[words.menu_timeline, acts.timeline]]));
    if (handoff) made.append(offer(words.ask_clinic, [[words.ask_clinic, () => turn(words.ask_clinic, async () => reply(await within("handoff", {})))]]));
    if (feedback || said.sources.length) made.append(below(said, feedback));
    place(made);
    tell("answer", { kind: said.kind, entries: said.parts.map((part) => part.entry).filter(Boolean) });
    if (urgent) tell("urgent", {});
  };

  // In a language that has no word for it here the sign stands alone.
  function heading(language) {
    const text = { es: words.urgent_spanish, [OWN]: words.urgent }[language];
    return text ? node("h2", {}, icon("alert"), text) : node("div", { class: "sign" }, icon("alert"));
  }

  function shownBlock(block) {
    if (block.type === "list") return node("ul", {}, ...block.items.map((one) => node("li", {}, one)));
    if (block.text === words.disclaimer) return node("p", { class: "soft", lang: OWN, dir: direction(OWN) }, block.text);
    if (block.type !== "source") return block.text.split("\n").map((line) => node("p", {}, line));
    const href = safe(block.link, /^https?:\/\//i);
    const opens = node("span", { class: "unseen" }, ` ${words.opens}`);
    const title = href ? node("a", { href, target: "_blank", rel: "noopener noreferrer" }, block.title, opens) : block.title;
    return node("p", { class: "source" }, `${block.lead || words.source} `, title, block.places ? `, ${block.places.replace(/^[,\s]+/, "")}` : "");
  }

  function offer(label, list) {
    return node("div", { class: "offer", role: "group", "aria-label": label }, ...list.map(([text, act]) => button("chip", text, act)));
  }

  function below(said, feedback) {
    const row = node("div", { class: "below" });
    if (feedback) {
      const asked = node("div", { class: "helped", role: "group", "aria-label": words.feedback });
      const rate = (helped) => async () => {
        const thanks = node("span", { tabindex: "-1", role: "status" }, words.thanks);
        asked.replaceWith(thanks);
        thanks.focus({ preventScroll: true });
        try {
          const more = await within("feedback", { helped });
          if (!helped && more) reply(more)();
        } catch {
          // A vote is worth no trouble; what the person wants to say about it they can still type.
        }
      };
      asked.append(button("plain", words.helped, rate(true), "up"), button("plain", words.not_helped, rate(false), "down"));
      row.append(asked);
    }
    row.append(button("plain copy", words.copy, (pressed) => copy(said, pressed), "copy"));
    return row;
  }

  async function copy(said, pressed) {
    const text = said.shown.blocks.map((block) =>
      block.type === "list" ? block.items.map((one) => `- ${one}`).join("\n")
        : block.type === "source" ? [block.lead, block.title, block.places, block.link].filter(Boolean).join(" ") : block.text);
    try {
      await navigator.clipboard.writeText(text.join("\n\n"));
    } catch {
      // Not over http, and not in every frame.
      const held = node("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
      held.value = text.join("\n\n");
      document.body.append(held);
      held.select();
      document.execCommand("copy");
      held.remove();
      pressed.focus();
    }
    pressed.lastChild.textContent = words.copied;
    setTimeout(() => (pressed.lastChild.textContent = words.copy), 2500);
  }

  async function timeline() {
    const shown = await fetched("timeline").catch((trouble) => {
      if (trouble.kind !== "lacking") throw trouble;
      return null;
    });
    if (shown === null) return () => note(words.timeline_none);
    const { text } = shown;
    return () => {
      const [title, ...rest] = text.split("\n");
      const image = node("img", { src: `${API}timeline.svg`, alt: text, width: "1080", height: "2741" });
      const wordy = node("details", {}, node("summary", {}, words.timeline_words), node("p", { class: "text" }, rest.join("\n").trim()));
      // Its own shape, once it is there; without it the words do.
      image.addEventListener("load", () => { image.width = image.naturalWidth; image.height = image.naturalHeight; });
      image.addEventListener("error", () => { image.remove(); wordy.open = true; });
      place(item("said", words.answer, node("figure", {}, image, node("figcaption", { class: "unseen" }, title)), wordy));
    };
  }

  // -- the menu ------------------------------------------------------------------------------------------------

  const AGO = [["just_now", 0], ["half_an_hour", 30], ["an_hour", 60], ["two_hours", 120]]; // minutes

  const acts = {
    topics: () => turn(words.menu_topics, async () => {
      const { topics } = await fetched("topics");
      const entries = topics.filter((one) => one.kind === "entry");
      return () => note(words.topics, offer(words.menu_topics, entries.map((one) => [one.question, () => choose(one.id, one.question)])));
    }),
    timeline: () => turn(words.menu_timeline, timeline),
    aftercare: () => turn(words.menu_aftercare, async () => {
      const said = await within("aftercare", {});
      if (said.kind !== "timeline") return reply(said);
      return () => {
        // As of the press, by the server's clock: what is sent late was meant then, and a fast clock must not name the future.
        const end = (key, minutes) => {
          const ended = new Date(Date.now() + skew - minutes * 60000).toISOString();
          turn(words[key], async () => reply(await within("ask", { ended })));
        };
        const times = AGO.map(([key, minutes]) => [words[key], () => end(key, minutes)]);
        place(item("said", words.answer, ...said.shown.blocks.flatMap(shownBlock), offer(words.menu_aftercare, times)));
      };
    }),
    privacy: () => note(words.privacy),
    startOver,
  };

  // Deletes at once what the server remembers; the messages on the screen can be had back for a while.
  let era = 0;
  const first = [...log.childNodes].map((one) => one.cloneNode(true));

  function startOver() {
    const ended = token;
    const shown = [...log.children].filter((one) => one.tagName === "ARTICLE" || one.classList.contains("urgent"));
    era += 1;
    starting = null;
    unsent = [];
    clearTimeout(timer);
    settled();
    keep(null);
    if (ended !== null) fetched("conversations/end", { conversation: ended }).catch(() => {}); // else it expires by itself
    log.replaceChildren(...first.map((one) => one.cloneNode(true)));
    const back = button("chip", words.undo, () => {
      fresh.replaceWith(...shown);
      byId("examples")?.remove();
      log.querySelector("#welcome ~ #welcome")?.remove();
      input.focus();
    });
    const fresh = item("said", words.note, node("p", {}, words.started_over), shown.length > 1 ? node("div", { class: "offer" }, back) : null);
    log.prepend(fresh);
    setTimeout(() => back.remove(), UNDO_FOR);
    log.scrollTop = 0;
  }

  function toggle(open, focus = true) {
    if (menu.hidden === !open) return;
    menu.hidden = !open;
    menuButton.setAttribute("aria-expanded", String(open));
    if (open) menu.querySelector("button").focus();
    else if (focus) menuButton.focus();
  }

  menuButton.addEventListener("click", () => toggle(menu.hidden));
  menu.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (!pressed) return;
    toggle(false, false);
    input.focus();
    acts[pressed.dataset.do]();
  });
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...menu.querySelectorAll("button")];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  menu.parentElement.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.parentElement.contains(event.relatedTarget)) toggle(false, false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.parentElement.contains(event.target)) toggle(false, false);
  });

  // -- the input -----------------------------------------------------------------------------------------------

  function grow() {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight + 2}px`;
  }

  function fillIn(text) {
    input.value = text;
    grow();
  }

  input.addEventListener("input", grow);
  input.addEventListener("keydown", (event) => {
    // 229: a word is being put together, in browsers that do not say so otherwise.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    input.focus();
    if (!text) return;
    fillIn("");
    ask(text);
  });
  log.addEventListener("click", (event) => {
    const pressed = event.target.closest("#examples button");
    if (pressed) choose(pressed.dataset.choice, pressed.textContent);
  });

  // -- the page around, where there is one -----------------------------------------------------------------------

  const framed = setup.embedded && window.parent !== window;
  const parent = setup.parent || location.origin;

  // To the page that embeds this one, and to no other.
  function tell(type, detail = {}) {
    if (framed) window.parent.postMessage({ infusionBot: setup.clinic, type, ...detail }, parent);
  }

  const leave = () => tell("close");
  const heard = {
    focus: () => input.focus(),
    ask: ({ text }) => {
      const asked = typeof text === "string" ? text.trim() : "";
      if (asked) ask(asked);
    },
  };

  if (framed) {
    closeButton.hidden = false;
    closeButton.addEventListener("click", leave);
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || event.origin !== parent || event.data?.infusionBot !== setup.clinic) return;
      if (Object.hasOwn(heard, event.data.type)) heard[event.data.type](event.data);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    if (!menu.hidden) toggle(false);
    else leave();
  });

  grow();
  if (navigator.onLine === false) say(words.offline);
  if (setup.topic) choose(setup.topic.id, setup.topic.label);
  if (!framed && matchMedia("(pointer: fine)").matches) input.focus();
  tell("ready");
})();
