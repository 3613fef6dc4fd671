// Puts the chat on a clinic's site: <script src="https://bot.clinic.example/widget.js" data-clinic="..." defer></script>
// One button, and at its first press one frame. Until then nothing is fetched but this file, and nothing is stored; from then on the
// tab remembers that the chat is open, so that it is on the next page, too.
"use strict";
(() => {
  const told = "TOLD";
  const script = document.currentScript || document.querySelector("script#infusion-bot[src], script[src*='/widget.js']");
  const early = window.infusionBot; // what the page wants of a chat that is not there yet: see docs/web.md
  const warn = (text) => console.error(`infusion-bot: ${text}`);
  if (early?.ready || !script) return warn("the chat is on this page already");
  const options = script.dataset;
  const clinic = options.clinic || told.clinic;
  const label = options.label || told.widget_label;
  const page = new URL(".", script.src);
  const LATEST = 15000; // ms until the chat has to be there
  const LOADED = 3000; // ms after its page is, whatever page that is
  const SMALL = "(max-width: 480px), (max-height: 480px)"; // where the chat fills the screen
  const given = options.colour || options.color || told.colour;
  const wrong = (name, text, allowed) => warn(`${name}="${text}" has to be ${allowed}`);
  // What a site chose, if it can be chosen.
  const pick = (name, otherwise, allowed, said = allowed) => {
    const text = script.getAttribute(name);
    if (RegExp(`^(${allowed})$`).test(text)) return text;
    if (text) wrong(name, text, said);
    return otherwise;
  };
  const whole = (name, otherwise) => parseInt(pick(name, otherwise, "-?\\d+(px)?", "a whole number"));
  const side = pick("data-position", "right", "left|right");
  const theme = pick("data-theme", "auto", "light|dark|auto");

  // What a webmaster should hear of at once, as the frame could only be empty.
  if (clinic !== told.clinic) warn(`data-clinic="${clinic}" is not served by ${page.origin}, "${told.clinic}" is`);
  if (location.origin !== page.origin && !new RegExp(`^(${told.sites})$`).test(location.origin)) warn(`${location.origin} is not in WEB_ORIGINS of ${page.origin}`);

  // Every rule says !important: inside a shadow root that beats whatever the host page says about its elements. What `all` has made
  // initial needs no rule of its own.
  const RULES = `
    :host { all: initial !important; display: block !important; position: fixed !important; z-index: ${whole("data-z-index", 2147483647)} !important;
      --x: ${whole("data-offset-x", 16)}px !important; --y: ${whole("data-offset-y", 16)}px !important;
      bottom: max(var(--y), env(safe-area-inset-bottom)) !important; ${side}: var(--x) !important; font: 600 17px/1.2 system-ui, sans-serif !important;
      color-scheme: ${theme === "auto" ? "light dark" : theme} !important; }
    @media print { :host { display: none !important; } }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    button { font: inherit; cursor: pointer; touch-action: manipulation; }
    button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
    .open { display: flex; align-items: center; gap: 10px; min-height: 56px; max-width: min(320px, calc(100vw - 32px)); padding: 12px 22px 12px 18px;
      background: var(--colour); color: var(--ink); border: 2px solid transparent; border-radius: 28px; box-shadow: 0 4px 18px rgb(0 20 25 / .3);
      overflow-wrap: anywhere; text-align: start; margin-${side === "left" ? "right" : "left"}: auto; }
    .open:hover { text-decoration: underline; }
    svg { width: 26px; height: 26px; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .panel { position: fixed; bottom: calc(var(--y) + 68px + env(safe-area-inset-bottom)); ${side}: var(--x); width: min(420px, calc(100vw - 16px - var(--x))); height: min(680px, calc(100vh - 92px - var(--y)));
      overflow: hidden; background: Canvas; color: CanvasText; border: 1px solid #8a9da1; border-radius: 20px; box-shadow: 0 12px 48px rgb(0 20 25 / .35); }
    .open[hidden] ~ .panel { bottom: calc(var(--y) + env(safe-area-inset-bottom)); }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    .gone { position: absolute; inset: 0; display: grid; align-content: center; gap: 16px; padding: 24px; background: Canvas; overflow: auto; overflow-wrap: anywhere; }
    .gone p { margin: 0; font-weight: 400; line-height: 1.5; }
    .gone > :not(p) { min-height: 48px; padding: 12px 20px; border: 2px solid; border-radius: 24px; text-align: center; text-decoration: none; background: Canvas; color: CanvasText; }
    .gone > a { color: #fff; background: #a8071a; border-color: #a8071a; }
    @media ${SMALL} {
      .panel, .open[hidden] ~ .panel { inset: 0; width: auto; height: auto; border: 0; border-radius: 0; }
      .full .open { visibility: hidden; }
    }
    @media (forced-colors: active) { .open { border-color: ButtonBorder; } }`;

  const make = (name, attributes, ...children) => {
    const made = document.createElementNS(`http://www.w3.org/${/svg|path/.test(name) ? "2000/svg" : "1999/xhtml"}`, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const button = (act, attributes, ...children) => {
    const made = make("button", { type: "button", ...attributes }, ...children);
    made.addEventListener("click", act);
    return made;
  };

  const host = document.createElement("infusion-bot");
  const root = host.attachShadow({ mode: "closed", delegatesFocus: true });
  const sign = make("path", { d: "M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM8 9h8M8 13h5" });
  const opener = button(() => toggle(), { class: "open", "aria-expanded": false, "aria-haspopup": "dialog" }, make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, sign), label);
  const panel = make("div", { class: "panel", role: "dialog", "aria-label": told.title, hidden: "" });
  const landmark = make("div", { role: "region", "aria-label": label, lang: options.label ? "" : told.language }, opener, panel);
  root.append(landmark);
  const [colour, ink] = colours();
  dress();

  // A sheet of its own needs no leave of the host page's style-src; browsers that have none take a style element with the nonce.
  function dress() {
    const rules = `:host { --colour: ${colour} !important; --ink: ${ink} !important; }${RULES}`;
    if (root.adoptedStyleSheets && "replaceSync" in CSSStyleSheet.prototype) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(rules);
      root.adoptedStyleSheets = [sheet];
    } else {
      const style = make("style", {});
      style.nonce = script.nonce;
      style.textContent = rules;
      root.append(style);
    }
  }

  // The clinic's colour, and black or white on it, whichever reads better.
  function colours() {
    const drawn = document.createElement("canvas").getContext("2d");
    if (!drawn || !given) return ["#175b66", "#fff"];
    drawn.fillStyle = "#010203"; // which stays, as what is no colour changes nothing
    drawn.fillStyle = given;
    if (!/^#(?!010203)/.test(drawn.fillStyle)) {
      wrong("data-colour", given, "a colour");
      return ["#175b66", "#fff"];
    }
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(drawn.fillStyle.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    // Where black and white on it have the same contrast.
    return [drawn.fillStyle, light > 0.179 ? "#000" : "#fff"];
  }

  // -- the frame -------------------------------------------------------------------------------------------------

  let frame = null;
  let ready = false;
  let timer = 0;
  const waiting = []; // what to tell the chat as soon as it listens

  function load() {
    const { topic = "", language = document.documentElement.lang } = options;
    const query = new URLSearchParams({ embedded: "1", clinic, origin: location.origin, topic, theme, language, colour: given && colour });
    ready = false;
    frame = make("iframe", { title: told.title, allow: "clipboard-write", src: `${page.href}?${query}` });
    frame.addEventListener("load", () => late(LOADED));
    panel.replaceChildren(frame);
    late(LATEST);
  }

  function late(wait) {
    clearTimeout(timer);
    if (!ready) timer = setTimeout(gone, wait);
  }

  // The chat did not come: its server cannot be reached, or this site is not on its list.
  function gone() {
    if (ready || panel.querySelector(".gone")) return;
    const again = button(() => { load(); frame.focus(); }, {}, told.try_again);
    const shut = button(close, {}, told.close);
    const call = told.call ? [make("a", { href: told.call.href }, told.call.label)] : [];
    warn(`no answer from ${page.origin}`);
    panel.append(make("div", { class: "gone", role: "alert" }, make("p", {}, told.widget_gone), ...call, again, shut));
    if (!panel.hidden) again.focus();
  }

  function post(message) {
    if (ready) frame.contentWindow.postMessage({ infusionBot: clinic, ...message }, page.origin);
    else waiting.push(message);
  }

  const heard = {
    ready: () => {
      ready = true;
      clearTimeout(timer);
      panel.querySelector(".gone")?.remove();
      waiting.splice(0).forEach(post);
      emit("ready");
    },
    close,
    forgotten: () => remember(false),
    answer: ({ kind, entries }) => {
      remember(!panel.hidden);
      emit("answer", { kind: String(kind), entries: Array.isArray(entries) ? entries.map(String) : [] });
    },
    urgent: () => emit("urgent"),
    // Somebody of the clinic wrote, who was waited for.
    staff: () => {
      if (!small.matches) open(KEY);
      emit("staff");
    },
  };

  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== page.origin || event.data?.infusionBot !== clinic) return;
    if (Object.hasOwn(heard, event.data.type)) heard[event.data.type](event.data);
  });

  // -- open and close -----------------------------------------------------------------------------------------------

  const KEY = `infusion-bot:${clinic}:open`;
  const small = matchMedia(SMALL);
  let from = null; // what had the focus
  let locked = null; // what cannot be reached while the chat fills the screen, and how the page scrolled

  const tab = (does, ...given) => {
    try {
      return sessionStorage[does](KEY, ...given);
    } catch {
      return null; // storage is blocked: the next page begins with a closed chat
    }
  };
  const remember = (open) => (open ? tab("setItem", "1") : tab("removeItem"));
  const wasOpen = () => tab("getItem") === "1";

  // `quietly`: as it was on the page before, without taking the focus from this one.
  function open(quietly) {
    if (!host.isConnected) attach();
    if (!frame) load();
    if (panel.hidden) {
      from = document.activeElement === host ? opener : document.activeElement;
      panel.hidden = false;
      turned();
      emit("open");
    }
    if (quietly === KEY) return;
    // A page that opens it by itself has had no press yet.
    if (navigator.userActivation?.hasBeenActive !== false) remember(true);
    const lost = panel.querySelector(".gone button");
    if (lost) lost.focus();
    else frame.focus();
    if (!waiting.some((one) => one.type === "focus")) post({ type: "focus" });
  }

  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    turned();
    remember(false);
    (from?.isConnected && from !== document.body ? from : opener).focus();
    emit("close");
  }

  const isOpen = () => !panel.hidden;
  const toggle = () => (isOpen() ? close() : open());

  function turned() {
    for (const one of [opener, ...(own ? document.querySelectorAll(own) : [])]) one.setAttribute("aria-expanded", isOpen());
    lock();
  }

  // What fills the screen is all there is: neither Tab nor the wheel reaches the page behind it.
  function lock() {
    const full = isOpen() && small.matches;
    if (full === (locked !== null)) return;
    const { children, style } = document.documentElement;
    if (full) locked = [style.overflow, ...[...children].filter((one) => one !== host && !one.inert)];
    const [scroll, ...others] = locked;
    style.overflow = full ? "hidden" : scroll;
    for (const one of others) one.inert = full;
    landmark.classList.toggle("full", full);
    panel.ariaModal = full;
    if (!full) locked = null;
  }

  small.addEventListener("change", lock);
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  // A page that the browser had put aside: the chat may have been opened or closed since.
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted && wasOpen() !== isOpen()) wasOpen() ? open(KEY) : close();
  });

  // A button of the page's own in place of ours, or none.
  const { launcher = "" } = options;
  const own = CSS.supports(`selector(${launcher})`) ? launcher : "";
  document.addEventListener("click", (event) => {
    const pressed = own && event.target.closest?.(own);
    if (!pressed) return;
    event.preventDefault();
    pressed.focus();
    toggle();
  });

  // -- what the host page can do --------------------------------------------------------------------------------------

  const listeners = new Map();

  function emit(name, detail = {}) {
    for (const listener of [...(listeners.get(name) || [])]) {
      try {
        listener(Object.freeze({ type: name, ...detail }));
      } catch (error) {
        console.error(error); // a mistake of the host page is none of the chat's
      }
    }
  }

  const show = (shown = true) => {
    if (!shown) close();
    opener.hidden = !shown;
    emit(shown ? "show" : "hide");
  };
  const ask = (text) => {
    open();
    post({ type: "ask", text: String(text) });
  };
  const on = (name, listener) => void listeners.set(name, (listeners.get(name) || new Set()).add(listener));
  const off = (name, listener) => void listeners.get(name)?.delete(listener);

  const can = { open: () => open(), close, toggle, isOpen, show: () => show(), hide: () => show(false), ask, on, off };
  const run = ([name, ...given]) => Object.hasOwn(can, name) && can[name](...given);
  // Who kept a function of the page's stand-in goes on with that: its queue leads here.
  if (early?.q) early.q.push = run;
  Object.defineProperty(window, "infusionBot", { value: Object.freeze({ ...can, ready: true, q: { push: run } }) });

  // The page is all there: also the button that is to take the place of ours, or ours stays.
  function begin() {
    opener.hidden = launcher === "none" || Boolean(own && document.querySelector(own));
    if (launcher && !opener.hidden) wrong("data-launcher", launcher, "none or a selector of what is on the page");
    attach();
  }

  // Beside the body, where nothing that moves or hides the body reaches it.
  function attach() {
    document.documentElement.append(host);
    early?.q?.splice(0).forEach(run);
    if (wasOpen()) open(KEY);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
