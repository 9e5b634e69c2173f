import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../mod.ts";
import type {
  CommandEvent,
  CommandResultEvent,
} from "../../src/commands/command_events.ts";

/** What runs of the library tell, and commands that it hasn't. */
type Both = Extract<RunEvent["type"], CommandResultEvent["type"]>;

Deno.test("the library's events have none that only commands tell", () => {
  // This doesn't compile where they share one, or one of the two is anything.
  const shared: [Both] extends [never] ? "none" : Both = "none";
  const event: CommandEvent = { type: "done" };
  // @ts-expect-error The end of the command line's output is none of a run.
  const told: RunEvent = event;
  assertEquals([shared, told.type as string], ["none", "done"]);
});
