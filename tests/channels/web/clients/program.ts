// A program of somebody else's: it knows the API by the types that were generated from its document, and by nothing else.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[] };

type Body = components["schemas"]["Ask"];
const client = createClient<paths>({ baseUrl: process.argv[2]! });

async function ask(body: Body): Promise<components["schemas"]["Reply"]> {
  const { data, error } = await client.POST("/ask", { body });
  if (error) throw new Error(error.title);
  return data;
}

// @ts-expect-error: nothing was asked
({}) satisfies Body;

const started = await client.POST("/conversations", { body: {} });
const conversation = started.data!.conversation;
const reply = await ask({ question: "How long does an infusion take?", conversation });
const chosen = await ask({ choice: "driving", conversation });
const ended = await ask({ ended: new Date().toISOString(), conversation });
const urgent = await ask({ question: "I want to kill myself" });
const helped = await client.POST("/feedback", { body: { conversation, helped: true } });
const handoff = await client.POST("/handoff", { body: { conversation } });
const refused = await client.POST("/ask", { body: { choice: "none" } });
const wrong = await client.POST("/ask", { body: { question: "x".repeat(started.data!.question_limit + 1) } });
const topics = await client.GET("/topics");
const entry = await client.GET("/entries/{id}", { params: { path: { id: "driving" } } });
const text = await client.GET("/timeline.txt", { parseAs: "text" });
const drawn = await client.GET("/timeline.png", { parseAs: "arrayBuffer" });
const health = await client.GET("/health");
const over = await client.POST("/conversations/end", { body: { conversation } });

console.log(
  JSON.stringify({
    entries: [...reply.parts, ...chosen.parts].map((part) => part.entry),
    blocks: reply.shown.blocks.map((block) => (block.type === "list" ? block.items.length : block.type)),
    ended: ended.shown.ended !== null,
    urgent: [urgent.kind, urgent.shown.calls[0]!.href],
    helped: helped.response.status,
    handoff: handoff.data!.kind,
    refused: [refused.error!.type, refused.error!.status],
    wrong: wrong.error!.type,
    topics: topics.data!.topics.filter((topic) => topic.kind === "entry").length,
    entry: entry.data!.claims.length,
    text: text.data!,
    drawn: new Uint8Array(drawn.data! as unknown as ArrayBuffer).length,
    health: health.data!.status,
    over: over.response.status,
  }),
);
