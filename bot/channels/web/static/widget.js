// Puts the chat on a clinic's site: <script src="https://bot.clinic.example/widget.js" data-clinic="..." defer></script>
// One button, and at its first press one frame. Until then nothing is fetched but this file, and nothing is ever stored.
"use strict";
(() => {
  const told = "TOLD";
  const script = document.currentScript || document.querySelector("script#infusion-bot[src], script[src*='/widget.js']");
  if (window.infusionBot || !script) {
    console.warn(script ? "infusion-bot: the chat is on this page already; this script is ignored" : "infusion-bot: no script element");
    return;
  }
  const options = script.dataset;
  const clinic = options.clinic || told.clinic;
  const label = options.label || told.widget_label;
  const left = options.position === "left";
  const page = new URL(".", script.src);
  const LATEST = 15000; // ms until the chat has to be there
  const LOADED = 3000; // ms after its page is, whatever page that is

  // Every rule says !important: inside a shadow root that beats whatever the host page says about its elements.
  const RULES = `
    :host { all: initial !important; display: block !important; position: fixed !important; inset: auto !important; z-index: 2147483647 !important;
      bottom: max(16px, env(safe-area-inset-bottom)) !important; ${left ? "left" : "right"}: 16px !important; width: auto !important; height: auto !important;
      visibility: visible !important; opacity: 1 !important; transform: none !important; filter: none !important; clip-path: none !important;
      pointer-events: auto !important; contain: none !important; font: 600 17px/1.2 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif !important;
      color-scheme: light dark !important; print-color-adjust: exact !important; }
    @media print { :host { display: none !important; } }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    button { font: inherit; cursor: pointer; touch-action: manipulation; }
    button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
    .open { display: flex; align-items: center; gap: 10px; min-height: 56px; max-width: min(320px, calc(100vw - 32px)); padding: 12px 22px 12px 18px;
      background: var(--colour); color: var(--on-colour); border: 2px solid transparent; border-radius: 28px; box-shadow: 0 4px 18px rgb(0 20 25 / .3);
      overflow-wrap: anywhere; text-align: start; margin-${left ? "right" : "left"}: auto; }
    .open:hover { box-shadow: 0 6px 26px rgb(0 20 25 / .42); }
    svg { width: 26px; height: 26px; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .panel { position: fixed; bottom: calc(84px + env(safe-area-inset-bottom)); ${left ? "left" : "right"}: 16px; width: min(420px, calc(100vw - 32px)); height: min(680px, calc(100vh - 108px));
      overflow: hidden; background: Canvas; color: CanvasText; border: 1px solid #8a9da1; border-radius: 20px; box-shadow: 0 12px 48px rgb(0 20 25 / .35); animation: rise .2s ease-out; }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    .gone { position: absolute; inset: 0; display: flex; flex-direction: column; justify-content: center; gap: 16px; padding: 24px; background: Canvas; font-weight: 400; line-height: 1.5; overflow: auto; overflow-wrap: anywhere; }
    .gone p { margin: 0; }
    .gone button { background: Canvas; color: CanvasText; }
    .gone a { color: #fff; background: #a8071a; border-color: #a8071a; }
    .gone button, .gone a { display: block; min-height: 48px; padding: 12px 20px; border: 2px solid; border-radius: 24px; text-align: center; text-decoration: none; font-weight: 600; }
    @keyframes rise { from { opacity: 0; transform: translateY(12px); } }
    @media (max-width: 480px), (max-height: 480px) {
      .panel { inset: 0; width: auto; height: auto; border: 0; border-radius: 0; }
      .panel:not([hidden]) ~ .open { visibility: hidden; }
    }
    @media (prefers-reduced-motion: reduce) { .panel { animation: none; } }
    @media (forced-colors: active) { .open { border-color: ButtonBorder; } }`;

  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const host = document.createElement("infusion-bot");
  const root = host.attachShadow({ mode: "closed", delegatesFocus: true });
  const opener = make("button", { type: "button", class: "open", "aria-expanded": "false", "aria-haspopup": "dialog", "aria-controls": "panel" }, sign(), label);
  const panel = make("div", { id: "panel", class: "panel", role: "dialog", "aria-label": told.title, hidden: "" });
  const landmark = make("div", { role: "region", "aria-label": label }, panel, opener);
  root.append(landmark);
  dress();

  // A sheet of its own needs no leave of the host page's style-src; browsers that have none take a style element with the nonce.
  function dress() {
    const [colour, on] = colours();
    const rules = `:host { --colour: ${colour} !important; --on-colour: ${on} !important; }${RULES}`;
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
    const given = (options.colour || options.color || "").trim();
    if (!/^(#[0-9a-f]{3}|#[0-9a-f]{6}|[a-z]+|rgb\([0-9, %]+\))$/i.test(given) || !CSS.supports("color", given)) return ["#175b66", "#fff"];
    const drawn = document.createElement("canvas").getContext("2d");
    if (!drawn) return ["#175b66", "#fff"];
    drawn.fillStyle = given;
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(drawn.fillStyle.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    // Where black and white on it have the same contrast.
    return [drawn.fillStyle, 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff"];
  }

  function sign() {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM8 9h8M8 13h5");
    svg.append(path);
    return svg;
  }

  // -- the frame -------------------------------------------------------------------------------------------------

  let frame = null;
  let ready = false;
  let timer = 0;
  const waiting = []; // what to tell the chat as soon as it listens

  function load() {
    const query = new URLSearchParams({ embedded: "1", clinic, origin: location.origin });
    if (options.topic) query.set("topic", options.topic);
    if (options.language) query.set("language", options.language);
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
    const again = make("button", { type: "button" }, told.try_again);
    const shut = make("button", { type: "button" }, told.close);
    again.addEventListener("click", () => { load(); frame.focus(); });
    shut.addEventListener("click", close);
    const call = told.call ? [make("a", { href: told.call.href }, told.call.label)] : [];
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
    answer: ({ kind, entries }) => emit("answer", { kind: String(kind), entries: Array.isArray(entries) ? entries.map(String) : [] }),
    urgent: () => emit("urgent"),
  };

  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== page.origin || event.data?.infusionBot !== clinic) return;
    if (Object.hasOwn(heard, event.data.type)) heard[event.data.type](event.data);
  });

  // -- open and close -----------------------------------------------------------------------------------------------

  function open() {
    if (!host.isConnected) attach();
    if (!frame) load();
    if (panel.hidden) {
      panel.hidden = false;
      opener.setAttribute("aria-expanded", "true");
      emit("open");
    }
    const lost = panel.querySelector(".gone button");
    if (lost) lost.focus();
    else frame.focus();
    if (!waiting.some((one) => one.type === "focus")) post({ type: "focus" });
  }

  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
    emit("close");
  }

  opener.addEventListener("click", () => (panel.hidden ? open() : close()));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
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

  Object.defineProperty(window, "infusionBot", {
    value: Object.freeze({
      open,
      close,
      ask(text) {
        open();
        post({ type: "ask", text: String(text) });
      },
      on(name, listener) {
        listeners.set(name, (listeners.get(name) || new Set()).add(listener));
      },
      off(name, listener) {
        listeners.get(name)?.delete(listener);
      },
    }),
  });

  // Beside the body, where nothing that moves or hides the body reaches it.
  const attach = () => document.documentElement.append(host);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", attach);
  else attach();
})();
