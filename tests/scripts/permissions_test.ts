import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { PERMISSIONS } from "../../scripts/permissions.ts";

Deno.test("deno task moraine gives the permissions that the packages give", () => {
  assertEquals(
    config.tasks.moraine.command.split(" ").filter((word) =>
      word.startsWith("--allow-")
    ),
    PERMISSIONS.filter((flag) => flag.startsWith("--allow-")),
  );
});
