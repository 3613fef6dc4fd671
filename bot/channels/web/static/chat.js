// The chat's page. From the first turn on the tab keeps what was said, so that a reload, or the next page of a site, goes on with it;
// it is gone with the tab, or when the person starts over. All that is shown is built as nodes with text in them: no string becomes
// markup.
"use strict";
(() => {
  const setup = JSON.parse(document.body.dataset.setup);
  const words = setup.words;
  const byId = (id) => document.getElementById(id);
  const [log, form, input, state, menu, menuButton, closeButton] =
    ["log", "form", "input", "state", "menu", "menu-button", "close"].map(byId);
  const KEY = `infusion-bot:${setup.clinic}:conversation`;
  const MOST = 60; // turns that the tab keeps
  const SLOWEST = 15000; // ms for a request
  const TYPING_AFTER = 300; // ms; most answers are there long before
  const UNDO_FOR = 60000; // ms
  const OWN = document.documentElement.lang;
  const RIGHT_TO_LEFT = ["ar", "fa", "he", "ur"]; // of the languages that a reply may be in
  const API = "api/v1/";
  const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone; // clock times are told on this device's clock

  // -- nodes ---------------------------------------------------------------------------------------------------

  function node(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if ((value ?? null) !== null) made.setAttribute(key, value);
    }
    made.append(...children.filter(Boolean));
    return made;
  }

  const PATHS = {
    done: "M4 12l5 6L20 6",
    alert: "M12 3L2 20.5h20zM12 10v5M12 18v.1",
    call: "M6 3h3l2 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
    copy: "M9 9h11v11H9zM5 15H4V4h11v1",
    text: "M4 5h16v11H10l-5 4v-4H4z",
    up: "M7 11v9H4v-9zM7 11l4-8a2.5 2.5 0 0 1 2.5 2.5V9H19a2 2 0 0 1 2 2.3l-1.2 7A2 2 0 0 1 17.8 20H7",
    down: "M7 13V4H4v9zM7 13l4 8a2.5 2.5 0 0 0 2.5-2.5V15H19a2 2 0 0 0 2-2.3l-1.2-7A2 2 0 0 0 17.8 4H7",
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

  // A sign alone to look at; its name is for who hears the page, and for who rests on it.
  function tool(name, sign, act) {
    const made = button("plain", "", act, sign);
    return called(made, name);
  }

  function called(made, name) {
    made.title = name;
    made.setAttribute("aria-label", name);
    return made;
  }

  function item(look, label, ...children) {
    return node("article", { class: look, "aria-label": label }, ...children);
  }

  function note(text, ...children) {
    return place(item("said", words.note, ...text.split("\n\n").map((part) => node("p", {}, part)), ...children));
  }

  // Shows `made` at the end, and what stands below it; what is longer than the window from its beginning, with a short question
  // above it.
  function place(made, ...below) {
    const before = log.lastElementChild;
    log.append(made, ...below);
    if (!restoring) look(made, before);
    return made;
  }

  const pageScrolls = () => getComputedStyle(log).overflowY === "visible";

  function look(made, before) {
    // Where the whole page scrolls, the head and the input leave about half of it.
    const room = pageScrolls() ? innerHeight / 2 : log.clientHeight;
    const top = before?.classList.contains("asked") && before.offsetHeight < room / 4 ? before : made;
    const end = log.lastElementChild;
    if (end.offsetTop + end.offsetHeight - top.offsetTop > room - 20) bring(top, "start");
    else bring(end, "nearest");
  }

  function bring(made, block) {
    const calm = restoring || matchMedia("(prefers-reduced-motion: reduce)").matches;
    made.scrollIntoView({ block, behavior: calm ? "instant" : "smooth" });
  }

  // Where the reader is: the message at the top, and how much of it is above; nothing at the end. A page that is turned or zoomed
  // goes on there, also where from then on the whole of it scrolls.
  let reading = null;
  let height = innerHeight;
  const scrolled = () => (pageScrolls() ? [document.scrollingElement, 0] : [log, log.getBoundingClientRect().top]);

  addEventListener("scroll", () => {
    const [view, top] = scrolled();
    if (height !== innerHeight) return; // on the way to its new size
    reading = null;
    if (view.scrollHeight - view.scrollTop - view.clientHeight < 40) return;
    const made = [...log.children].find((one) => one.getBoundingClientRect().bottom > top);
    const box = made?.getBoundingClientRect();
    if (made) reading = { made, above: Math.max(0, top - box.top) / box.height };
  }, true);
  addEventListener("resize", () => {
    const [view, top] = scrolled();
    height = innerHeight;
    const box = reading?.made.isConnected && reading.made.getBoundingClientRect();
    if (box) view.scrollTop += box.top + reading.above * box.height - top;
    else if (kept.turns.length) view.scrollTop = view.scrollHeight;
  });

  // Where focus goes when what had it is gone: never to nowhere, and on a phone not to what opens its keyboard.
  function rest() {
    (matchMedia("(pointer: coarse)").matches ? log : input).focus({ preventScroll: true });
  }

  const safe = (link, schemes) => (typeof link === "string" && schemes.test(link) ? link : null);

  const callable = (list) => list.filter(({ href }) => safe(href, /^(tel|sms):[+0-9]+$/));

  function calls(list, foreign) {
    if (!list.length) return null;
    // In another language the sign says what a word of this one could not.
    const full = (label, href) => (href.startsWith("tel:") && !foreign ? words.call.replace("{number}", () => label) : label);
    return node("div", { class: "calls" }, ...list.map(({ label, href }) => call(full(label, href), href)));
  }

  // `text` with its numbers and addresses as links: those that the server says can be called, and what is an e-mail address.
  function linked(text, list) {
    const numbers = new Map(list.filter(({ href }) => href.startsWith("tel:")).map(({ label, href }) => [label, href]));
    const exact = [...numbers.keys()].sort((one, other) => other.length - one.length).map((one) => one.replace(/[^\w ]/g, "\\$&"));
    const found = new RegExp(["[\\w.%+-]+@[\\w-]+(?:\\.[\\w-]+)*\\.[A-Za-z]{2,}", ...exact.map((one) => `${one}(?!\\d)`)].join("|"), "g");
    const parts = [];
    let at = 0;
    for (const { 0: part, index } of text.matchAll(found)) {
      if (numbers.has(part) && /\d$/.test(text.slice(0, index))) continue; // the end of a longer number
      const href = numbers.get(part) || `mailto:${part}`;
      parts.push(text.slice(at, index), node("a", { href, target: "_top" }, part));
      at = index + part.length;
    }
    return [...parts, text.slice(at)];
  }

  const call = (label, href) =>
    // Out of the frame, as some browsers let nothing but the page itself call.
    node("a", { class: "call", dir: "ltr", href, target: "_top" }, icon(href.startsWith("sms:") ? "text" : "call"), label);

  const direction = (language) => (RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr");

  // -- the server ----------------------------------------------------------------------------------------------

  let starting = null;
  let skew = 0; // ms that the server's clock is ahead of this one
  let stores = false; // whether this tab can keep anything
  let kept = recall();

  // The token of the conversation, and its turns. They are not kept for longer than the server remembers.
  function recall() {
    try {
      const found = sessionStorage.getItem(KEY);
      stores = true;
      const { at, ...was } = JSON.parse(found);
      // What was written to the clinic waits for its answer, over a week-end, too.
      if (Array.isArray(was.turns) && (was.staff || Date.now() - at < setup.hours * 3600000)) return was;
      sessionStorage.removeItem(KEY);
    } catch {
      // Nothing is there, or storage is blocked: this page still remembers.
    }
    return { conversation: null, turns: [] };
  }

  function keep() {
    kept.turns.splice(0, kept.turns.length - MOST);
    try {
      if (kept.turns.length) sessionStorage.setItem(KEY, JSON.stringify({ at: Date.now(), ...kept }));
      else sessionStorage.removeItem(KEY);
    } catch {
      // as above
    }
    chat.kept();
  }

  // What went wrong: "gone", "busy" (try again after `wait` ms), "expired", "lacking" (no timeline), "closed" (no such choice), "long",
  // or "failed".
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
    const lost = { "unknown-conversation": "expired", "unknown-choice": "closed", "no-timeline": "lacking" };
    const kind = answer.status === 404 && lost[String(said?.type).split("/").pop()];
    if (kind) throw new Trouble(kind);
    if (answer.status === 413 || (answer.status === 422 && body?.question?.length > setup.longest)) throw new Trouble("long");
    // While a release rolls out: the one before knows no zones, and what was said may be urgent.
    if (answer.status === 422 && body?.timezone) return fetched(path, { ...body, timezone: undefined });
    if (answer.status === 429 || answer.status === 503) {
      throw new Trouble("busy", 1000 * Math.min(120, Number(answer.headers.get("Retry-After")) || 5));
    }
    throw new Trouble(answer.status === 502 || answer.status === 504 ? "gone" : "failed");
  }

  function begun() {
    if (kept.conversation) return Promise.resolve(kept.conversation);
    const fresh = (starting ??= fetched("conversations", { clinic: setup.clinic })
      .then(({ conversation }) => {
        if (starting === fresh) {
          kept.conversation = conversation;
          keep();
        }
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
      if (kept.conversation === conversation) kept.conversation = null;
      return fetched(path, { ...body, conversation: await begun() });
    }
  }

  // -- turns: something that a person said or pressed, and what comes of it ---------------------------------------

  // A turn is plain data, which the tab can keep: `label`, what was said or pressed; `path` and `body`, what the server is asked;
  // `said`, what it answered.
  let unsent = [];
  let timer = 0;
  let tries = 0;
  let restoring = false;

  function turn(label, path, body) {
    const one = { turn: { label, path, body }, bubble: bubble(label) };
    kept.turns.push(one.turn);
    keep();
    if (byId("examples")?.contains(document.activeElement)) rest();
    byId("examples")?.remove();
    return chat.send(one);
  }

  const bubble = (label) => place(item("asked", words.you, node("span", {}, label)));

  async function answered({ label, path, body }) {
    try {
      return await (body ? within(path, body) : fetched(path));
    } catch (trouble) {
      // What was offered before the knowledge changed may be gone: its words are a question still.
      if (trouble.kind === "closed") return within(path, { question: label, timezone: ZONE });
      if (trouble.kind !== "lacking") throw trouble;
      return { text: "" };
    }
  }

  async function send(one) {
    const epoch = era;
    const typing = setTimeout(() => {
      if (epoch === era) one.typing = place(dots());
    }, TYPING_AFTER);
    try {
      const said = await answered(one.turn);
      done(one, typing);
      // What was refused would be refused again: it stays marked, and the bar goes.
      unsent = unsent.filter((other) => !other.refused);
      settled();
      if (epoch === era) told({ ...one.turn, said }, one.turn);
    } catch (trouble) {
      done(one, typing);
      if (!(trouble instanceof Trouble)) throw trouble;
      if (epoch === era) failed(one, trouble);
    }
  }

  // Shows what came of a turn, keeps it in its place, and tells the site of it.
  function told(turn, before) {
    const at = kept.turns.indexOf(before);
    if (at < 0) kept.turns.push(turn);
    else kept.turns[at] = turn;
    if (turn.said.forgets) kept.turns = kept.turns.filter((one) => one === turn || !one.said);
    keep();
    shows[turn.path](turn);
    if (turn.said.handoff) meet(turn);
    const { kind, parts } = turn.said;
    if (!parts) return;
    tell("answer", { kind, entries: parts.map((part) => part.entry).filter(Boolean) });
    if (kind === "urgent") tell("urgent");
  }

  // What the tab has kept, as it was; nobody hears all of it again. What had no answer yet is asked again.
  function restore() {
    restoring = true;
    log.setAttribute("aria-live", "off");
    byId("examples")?.remove();
    try {
      for (const turn of kept.turns) {
        const one = { turn, bubble: turn.label === null ? null : bubble(turn.label) };
        if (!turn.said) unsent.push(one);
        else if (shows[turn.path] || !kept.staff) shows[turn.path](turn);
      }
    } catch {
      // Another release kept it.
      unsent = [];
      kept = { conversation: kept.conversation, turns: [] };
      keep();
      blank();
    }
    const all = log.querySelectorAll(".asked, .said, .urgent");
    look(all[all.length - 1], all[all.length - 2]);
    restoring = false;
    setTimeout(() => log.setAttribute("aria-live", "polite"), TYPING_AFTER);
    again();
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
    one.bubble.classList.add("unsent");
    one.refused = trouble.kind === "failed";
    if (trouble.kind === "long") {
      kept.turns = kept.turns.filter((turn) => turn !== one.turn);
      keep();
      if (!input.value) fillIn(one.turn.label);
      note(words.too_long);
      settled();
      return;
    }
    one.mark = node("small", {}, words.unsent);
    one.bubble.append(one.mark);
    if (!unsent.includes(one)) unsent.push(one);
    const text = trouble.kind === "busy" ? words.busy : one.refused ? words.apology : words.gone;
    say(navigator.onLine === false ? words.offline : text);
    bring(one.bubble, "nearest");
    clearTimeout(timer);
    if (one.refused) return; // once more would fail once more; the person may try
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
    if (state.contains(document.activeElement)) rest();
    state.replaceChildren();
  }

  function say(text) {
    if (state.textContent.startsWith(text)) return; // said already; once is enough for who listens
    const held = state.contains(document.activeElement);
    const emergency = setup.call ? [call(setup.call.label, setup.call.href)] : [];
    state.replaceChildren(node("p", {}, ...linked(text, setup.numbers)), ...emergency, button("chip", words.try_again, again));
    if (held) state.querySelector("button").focus();
  }

  addEventListener("online", again);
  addEventListener("offline", () => say(words.offline));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && unsent.length) again();
  });

  // -- replies -------------------------------------------------------------------------------------------------

  const ask = (text) => turn(text, "ask", { question: text, timezone: ZONE });
  const choose = (id, label) => turn(label, "ask", { choice: id, timezone: ZONE });

  function reply(one) {
    const said = one.said;
    const urgent = said.kind === "urgent";
    const loud = { class: "urgent", role: restoring ? "group" : "alert", "aria-label": restoring ? words.urgent : null };
    const made = urgent ? node("div", loud) : item(said.kind === "support" ? "said support" : "said", words.answer);
    const { blocks, picture, feedback, handoff } = said.shown;
    const numbers = callable(said.shown.calls);
    const language = said.language || OWN; // a server of an older release says none
    const foreign = language !== OWN;
    // The text alone is in another language: buttons, and names that are only heard, are in the page's.
    const speech = foreign ? node("div", { lang: language, dir: direction(language) }) : made;
    // The answer first, and what holds for all answers below it.
    const caveats = blocks.filter((block) => block.text === words.disclaimer);
    // A number is a button where it may be needed at once, else a link in the text.
    const soon = urgent || said.helpline || ["support", "handoff"].includes(said.kind);
    const links = (soon && calls(numbers, foreign)) || "";
    const told = blocks.filter((block) => !caveats.includes(block)).flatMap((block) => shownBlock(block, soon ? [] : numbers));
    const offered = said.choices.length ? said.choices : said.related;
    // What leads to the questions on buttons stands right above them.
    const lead = said.related.length && !said.choices.length ? told.splice(-1) : [];
    // What to press comes first where every second counts: the words may be longer than a phone is high.
    speech.append(...(urgent ? [heading(language), links, ...told] : told));
    if (foreign) made.append(speech);
    // The answers to "are you safe?" stand right below the question, and the numbers below them.
    if (!urgent && !said.choices.length) made.append(links);
    // One line: what leads to the questions, and at its end what can be done with the answer.
    if (feedback || said.sources.length) made.append(below(one, feedback, lead));
    else made.append(...lead);
    const next = offered.map((one) => [one.label, () => choose(one.id, one.label)]);
    // The picture is behind a button, as it is as tall as a window.
    if (picture) next.push([words.menu_timeline, acts.timeline]);
    if (handoff) next.push([words.ask_clinic, () => turn(words.ask_clinic, "handoff", {})]);
    if (said.forgets) next.push([words.menu_start_over, startOver]);
    if (next.length) made.append(offer(said.choices.length ? words.choices : words.related, next));
    if (said.choices.length && !urgent) made.append(links);
    place(made, ...caveats.map((block) => node("p", { class: "soft", lang: OWN, dir: direction(OWN) }, block.text)));
  }

  // In a language that has no word for it here the sign stands alone.
  function heading(language) {
    const text = { es: words.urgent_spanish, [OWN]: words.urgent }[language];
    return text ? node("h2", {}, icon("alert"), text) : node("div", { class: "sign" }, icon("alert"));
  }

  function shownBlock(block, numbers = []) {
    if (block.type === "list") return node("ul", {}, ...block.items.map((one) => node("li", {}, ...linked(one, numbers))));
    if (block.type !== "source") return block.text.split("\n").map((line) => node("p", {}, ...linked(line, numbers)));
    const outside = (text, link) => {
      const href = safe(link, /^https?:\/\//i);
      const opens = node("span", { class: "unseen" }, ` ${words.opens}`);
      return href ? node("a", { href, target: "_blank", rel: "noopener noreferrer" }, text, opens) : text;
    };
    const cited = block.cited || [];
    const made = node("p", { class: "source" }, `${block.lead || words.source} `);
    if (cited.length > 1) made.append(block.title, ...cited.flatMap((one, at) => [at ? "; " : ", ", outside(one.place, one.link)]));
    else made.append(outside(block.title, block.link), block.places ? `, ${block.places.replace(/^[,\s]+/, "")}` : "");
    return made;
  }

  function offer(label, list) {
    return node("div", { class: "offer", role: "group", "aria-label": label }, ...list.map(([text, act]) => button("chip", text, act)));
  }

  function below(turn, feedback, lead) {
    const tools = node("div", { class: "tools" });
    if (feedback) {
      const thanks = () => node("span", { tabindex: "-1", role: restoring ? null : "status" }, words.thanks);
      const asked = node("div", { class: "helped", role: "group", "aria-label": words.feedback });
      const topics = turn.said.parts.map((part) => part.entry || part.boundary);
      const rate = async (pressed, helped, reason) => {
        const shown = thanks();
        pressed.replaceWith(shown);
        shown.focus({ preventScroll: true });
        turn.rated = true;
        keep();
        const epoch = era;
        try {
          const said = await within("feedback", { helped, reason, topics });
          if (said && epoch === era) told({ label: null, path: "feedback", said });
        } catch (trouble) {
          // A vote is worth no trouble; what the person wants to say about it they can still type.
          if (!(trouble instanceof Trouble)) throw trouble;
        }
      };
      const unhelped = () => {
        const why = offer(words.why, ["wrong", "unclear", "not_asked", "missing"].map((one) => [words[one], () => rate(why, false, one)]));
        why.prepend(node("p", {}, words.why));
        tools.parentElement.before(why);
        rate(asked, false);
      };
      asked.append(tool(words.helped, "up", () => rate(asked, true)), tool(words.not_helped, "down", unhelped));
      tools.append(turn.rated ? thanks() : asked);
    }
    tools.append(tool(words.copy, "copy", (pressed) => copy(turn.said, pressed)));
    return node("div", { class: "below" }, tools, ...lead);
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
    const showing = (name, sign) => called(pressed, name).replaceChildren(icon(sign));
    showing(words.copied, "done");
    setTimeout(showing, 2500, words.copy, "copy");
  }

  function timeline({ said }) {
    if (!said.text) return note(words.timeline_none);
    const [title, ...rest] = said.text.split("\n");
    const image = node("img", { src: `${API}timeline.svg`, alt: said.text, width: "1080", height: "2741" });
    const wordy = node("details", {}, node("summary", {}, words.timeline_words), node("p", { class: "text" }, rest.join("\n").trim()));
    // Its own shape, once it is there; without it the words do.
    image.addEventListener("load", () => { image.width = image.naturalWidth; image.height = image.naturalHeight; });
    image.addEventListener("error", () => { image.remove(); wordy.open = true; });
    return place(item("said drawn", words.answer, node("figure", { tabindex: "0" }, image, node("figcaption", { class: "unseen" }, title)), wordy));
  }

  // -- the menu ------------------------------------------------------------------------------------------------

  const AGO = [["just_now", 0], ["half_an_hour", 30], ["an_hour", 60], ["two_hours", 120]]; // minutes

  // What comes of a turn, by the path that was asked.
  const shows = {
    ask: reply,
    handoff: reply,
    feedback: reply,
    timeline,
    privacy: ({ said }) => note(said.text),
    topics({ said }) {
      const groups = new Map();
      for (const one of said.topics.filter(({ kind }) => kind === "entry")) {
        groups.set(one.group, [...(groups.get(one.group) || []), [one.question, () => choose(one.id, one.question)]]);
      }
      const lists = [...groups].map(([name, list]) => node("section", {}, name ? node("h2", {}, name) : null, offer(name || words.menu_topics, list)));
      note(words.topics, ...lists);
    },
    aftercare(asked) {
      const { said } = asked;
      if (said.kind !== "timeline") return reply(asked);
      // As of the press, by the server's clock: what is sent late was meant then, and a fast clock must not name the future.
      const end = (key, minutes) =>
        turn(words[key], "ask", { ended: new Date(Date.now() + skew - minutes * 60000).toISOString(), timezone: ZONE });
      const times = AGO.map(([key, minutes]) => [words[key], () => end(key, minutes)]);
      return place(item("said", words.answer, ...said.shown.blocks.flatMap((block) => shownBlock(block)), offer(words.menu_aftercare, times)));
    },
  };

  const acts = {
    topics: (label) => turn(label, "topics"),
    timeline: () => turn(words.menu_timeline, "timeline"),
    aftercare: () => turn(words.menu_aftercare, "aftercare", {}),
    privacy: (label) => turn(label, "privacy"),
    startOver,
  };

  // Deletes at once what the server remembers; the messages on the screen can be had back for a while.
  let era = 0;
  if (setup.foreign) {
    const { language, text } = setup.foreign;
    byId("welcome").after(node("p", { class: "soft text", lang: language, dir: direction(language) }, text));
  }
  const first = [...log.childNodes].map((one) => one.cloneNode(true));
  const blank = () => log.replaceChildren(...first.map((one) => one.cloneNode(true)));

  function startOver() {
    const ended = kept.conversation;
    const shown = [...log.children].filter((one) => one.tagName === "ARTICLE" || one.classList.contains("urgent"));
    era += 1;
    starting = null;
    unsent = [];
    clearTimeout(timer);
    settled();
    kept = { conversation: null, turns: [] };
    keep();
    tell("forgotten");
    if (ended) fetched("conversations/end", { conversation: ended }).catch(() => {}); // else it expires by itself
    blank();
    const back = button("chip", words.undo, () => {
      fresh.replaceWith(...shown);
      byId("examples")?.remove();
      log.querySelector("#welcome ~ #welcome")?.remove();
      rest();
    });
    const fresh = item("said", words.note, node("p", {}, words.started_over), shown.length > 1 ? node("div", { class: "offer" }, back) : null);
    log.prepend(fresh);
    setTimeout(() => {
      if (document.activeElement === back) rest();
      back.remove();
    }, UNDO_FOR);
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
    rest();
    acts[pressed.dataset.do](pressed.textContent);
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

  // -- people --------------------------------------------------------------------------------------------------

  // What the chat with the clinic's staff builds on; it takes the place of ``send`` and ``kept`` while they have the floor.
  const chat = {
    again, button, failed, fetched, item, keep, linked, node, note, place, rest, send, setup, shows, tell, told, turn, words, Trouble,
    kept() {}, now: () => kept, waiting: () => unsent.length || retrying, quiet: () => restoring,
  };
  let staff = null;

  // The staff's part is a file of its own, for who asks for them. ``turn``: what the server said of them with.
  const meet = (turn) =>
    (staff ??= import("./staff.js"))
      .then(({ met }) => met(chat, turn))
      .catch(() => (staff = null));

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
    focus: rest,
    ask: ({ text }) => {
      const asked = typeof text === "string" ? text.trim() : "";
      if (asked) ask(asked);
    },
  };

  if (framed) {
    closeButton.hidden = false;
    closeButton.addEventListener("click", leave);
    addEventListener("message", (event) => {
      if (event.source !== window.parent || event.origin !== parent || event.data?.infusionBot !== setup.clinic) return;
      if (Object.hasOwn(heard, event.data.type)) heard[event.data.type](event.data);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    if (!menu.hidden) toggle(false);
    else leave();
  });

  const { warning, ...colours } = setup.colours || {};
  if (warning) console.warn(`infusion-bot: data-colour: ${warning}`);
  for (const [name, colour] of Object.entries(colours)) document.documentElement.style.setProperty(`--${name}`, colour);
  grow();
  if (navigator.onLine === false) say(words.offline);
  if (kept.staff) meet().then(restore);
  else if (kept.turns.length) restore();
  // Once: each page of a site may name the same topic.
  if (setup.topic && !kept.turns.some(({ body }) => body?.choice === setup.topic.id)) choose(setup.topic.id, setup.topic.label);
  if (!framed && !matchMedia("(pointer: coarse)").matches) input.focus();
  // A page that a browser had put aside may be older than what was said on the next one.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && stores && JSON.stringify(recall()) !== JSON.stringify(kept)) location.reload();
  });
  tell("ready");
})();
