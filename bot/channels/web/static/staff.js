// The chat with the clinic's staff: what is passed on, shown before anybody agrees to it; what they write; how it ends. A file of
// its own, for who asks for them. It stands on what the chat's script hands to it, and is kept in the tab with the chat's turns.
const words = "TOLD";
const ORDERLY = 3000; // ms that a message waits for the one before it; longer, and it may be one that cannot wait
const BEHIND = 30000; // ms between two tries at the most
let begun = null;

// `turn`: one of the chat's, in which the server said how it stands with the staff; nothing: as the tab has kept it.
export function met(chat, turn) {
  begun ??= begin(chat);
  begun(turn);
}

function begin(chat) {
  const { node, button, item, note, place, shows, keep, words: spoken } = chat;
  const byId = (id) => document.getElementById(id);
  const input = byId("input");
  const label = document.querySelector("label[for=input]");
  const usual = { title: document.title, input: input.placeholder, typing: spoken.typing };
  let missed = 0;

  document.head.append(node("link", { rel: "stylesheet", href: words.css }));

  const staff = () => chat.now().staff;
  const holds = () => ["open", "claimed"].includes(staff()?.state);
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  const pause = (time) => new Promise((done) => setTimeout(done, time));
  let wake = () => {};

  // -- what is passed on ---------------------------------------------------------------------------------------

  // The last thing that the person asked, as the page still shows it; that they want a person is no question.
  function asked() {
    const all = chat.now().turns.filter(({ path, body, said }) => path === "ask" && (body.question || body.choice) && !body.message && said?.kind !== "handoff");
    return all.at(-1)?.label || "";
  }

  function offer(turn) {
    byId("staff-offer")?.remove();
    const question = asked();
    const tick = question && node("input", { type: "checkbox", checked: "" });
    const quote = question && node("label", {}, tick, node("span", {}, words.question, node("q", {}, question)));
    const agree = () => {
      made.remove();
      const passed = tick && tick.checked ? { question } : {};
      chat.turn(words.write, "handoff/agree", { message: fresh(), ...passed });
      chat.rest();
    };
    const refuse = () => {
      made.remove();
      dropped();
      chat.rest();
    };
    const buttons = node("div", { class: "offer" }, button("call", words.write, agree), button("chip", words.not_now, refuse));
    const told = [words.offer, turn.said.handoff.note].filter(Boolean).map((text) => node("p", {}, text));
    const made = item("said support staff-offer", words.write, ...told, quote, node("p", {}, question ? words.from_then : words.only_then), buttons);
    made.id = "staff-offer";
    place(made);
  }

  function dropped() {
    delete chat.now().staff;
    keep();
  }

  // -- what the person writes ----------------------------------------------------------------------------------

  const send = chat.send;
  let line = Promise.resolve();

  // Under a name of its own, so that what is sent again is there once; and in order, but for what stands behind one that hangs.
  chat.send = (one) => {
    const { path, body } = one.turn;
    if (!holds() || path !== "ask" || !(body.question || body.choice)) return send(one);
    body.message ??= fresh();
    keep();
    const before = line;
    line = Promise.race([before, pause(ORDERLY)]).then(() => {
      if (!chat.waiting()) return send(one);
      chat.failed(one, new chat.Trouble("gone"));
      return chat.again();
    });
    return line;
  };

  function sent() {
    document.querySelector(".sent")?.remove();
    place(node("p", { class: "soft sent" }, words.sent));
  }

  const answer = shows.ask;
  shows.ask = (turn) => {
    const { handoff, kind } = turn.said;
    if (!handoff?.passed || kind === "urgent") answer(turn);
    if (handoff?.passed) sent();
    restored(turn);
  };
  const way = shows.handoff;
  shows.handoff = (turn) => {
    way(turn);
    restored(turn);
  };
  const said = ({ said }) => note(said.text);
  Object.assign(shows, { "handoff/agree": said, "handoff/leave": said, staff: shown });

  // An offer that a reload came between.
  function restored(turn) {
    if (chat.quiet() && staff()?.state === "offered" && chat.now().turns.at(-1) === turn) offer(turn);
  }

  // -- what they write -----------------------------------------------------------------------------------------

  function shown({ said }) {
    if (said.kind !== "message") return place(node("p", { class: "soft notice" }, said.text));
    const at = new Date(said.at);
    const time = node("time", { datetime: said.at }, at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }));
    const head = node("p", { class: "by" }, node("strong", {}, words.clinic), time);
    return place(item("said by-staff", words.clinic, head, ...said.text.split("\n").map((text) => node("p", {}, ...chat.linked(text, chat.setup.numbers)))));
  }

  let listening = false;
  async function listen() {
    if (listening) return;
    listening = true;
    for (let failures = 0; holds(); ) {
      const { conversation, staff: before } = chat.now();
      try {
        const told = await chat.fetched("conversations/messages", { conversation, after: before.seq });
        if (chat.now().conversation !== conversation || !holds()) continue;
        failures = 0;
        take(told);
        await until(1000 * told.again);
      } catch (trouble) {
        if (!(trouble instanceof chat.Trouble)) throw trouble;
        if (trouble.kind === "expired") over();
        else {
          failures += 1;
          if (failures > 1) stand(words.lost);
          await until((trouble.wait || Math.min(BEHIND, 1000 * 2 ** failures)) * (1 + Math.random() / 4));
        }
      }
    }
    listening = false;
  }

  // For so long, or until there is a reason to look at once.
  const until = (time) => Promise.race([pause(time), new Promise((done) => (wake = done))]);
  addEventListener("online", () => wake());

  function take({ handoff, messages }) {
    for (const one of messages) {
      if (one.seq <= staff().seq) continue;
      staff().seq = one.seq; // kept with what it counts, or not at all
      chat.told({ label: null, path: "staff", said: one });
      if (one.kind === "message") called();
    }
    if (handoff.state === "closed") over();
    else hold(handoff);
  }

  // Who looks elsewhere sees it on the tab.
  function called() {
    chat.tell("staff");
    if (!document.hidden) return;
    missed += 1;
    document.title = `(${missed}) ${usual.title}`;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    missed = 0;
    document.title = usual.title;
    wake();
  });

  // -- who has the floor ---------------------------------------------------------------------------------------

  const state = node("p", { role: "status" });
  const bar = node("div", { id: "staff-bar" }, state);
  const ends = button("chip", words.leave, () => ask(true));
  const sure = [
    button("chip", words.leave_sure, () => {
      ask(false);
      chat.turn(words.leave_sure, "handoff/leave", {});
      chat.rest();
    }),
    button("chip", words.stay, () => {
      ask(false);
      ends.focus();
    }),
  ];

  // Once more, as it cannot be taken back.
  function ask(whether) {
    bar.replaceChildren(state, ...(whether ? sure : [ends]));
    if (whether) sure[0].focus();
  }

  function stand(text) {
    if (state.textContent !== text) state.textContent = text;
  }

  function hold({ state: now }) {
    const kept = chat.now();
    const changed = kept.staff?.state !== now;
    kept.staff = { seq: 0, ...kept.staff, state: now };
    if (changed) keep();
    if (!bar.isConnected) {
      ask(false);
      byId("form").before(bar);
    }
    stand(now === "claimed" ? words.claimed : words.open);
    spoken.typing = words.sending;
    label.textContent = input.placeholder = words.write;
    listen();
  }

  function over() {
    const held = bar.contains(document.activeElement);
    dropped();
    if (held) chat.rest();
  }

  // Called whenever the tab keeps something: also when the person has started over.
  chat.kept = () => {
    if (holds() || !bar.isConnected) return;
    bar.remove();
    spoken.typing = usual.typing;
    label.textContent = input.placeholder = usual.input;
  };

  return (turn) => {
    if (!turn) return holds() && hold(staff());
    const { state: now } = turn.said.handoff;
    if (now === "closed") return staff() && over();
    if (now !== "offered") return hold(turn.said.handoff);
    if (turn.said.kind !== "handoff" || holds()) return byId("staff-offer")?.remove();
    chat.now().staff = { state: now, seq: 0 };
    keep();
    return offer(turn);
  };
}
