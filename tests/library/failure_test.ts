import { assertEquals } from "@std/assert";
import { test } from "node:test";
import type { RunEvent } from "../../mod.ts";
import { withWorkplace } from "./service.ts";

test("a file that fails is told with what a program can tell it by, and the others go on", () =>
  withWorkplace(async ({ write, vault: connect, here, at }) => {
    const vault = connect();
    await vault.create();
    await write({ "b/c.txt": "c", "d.txt": "d" });
    await vault.sync(here);
    const failures: unknown[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.type !== "failure") return;
      const { name, error, message } = event;
      failures.push({ name, error, named: message.split(name).length - 1 });
    };
    // A file is in the place of the folder.
    const dir = at("back");
    await write({ "../back/b": "no folder" });
    const { journal } = here;
    const { files, failed } = await vault.restore({ dir, journal, onEvent });
    assertEquals([files, failed], [1, 1]);
    assertEquals(failures, [{
      name: "b/c.txt",
      error: { name: "FileError", problem: "exists" },
      named: 1,
    }]);
  }));
