import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  assertRefused,
  beginJob,
  HOUR,
  jsonOf,
  type TestServer,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** Sends an unsigned request to the control endpoint. */
async function control(
  test: TestServer,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = JSON_TYPE,
): Promise<Response> {
  return await test.server.fetch(
    new Request(`http://localhost/_control/${path}`, {
      method,
      headers,
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  );
}

Deno.test("The clock is moved ahead, and stays there across a restart", async () => {
  const jobDelay = { Expedited: 60, Standard: 14_400, Bulk: 36_000 };
  await using test = await testVault({ control: true, jobDelay });
  const id = await uploadArchive(test, vectorPayload(10));
  const job = await beginJob(test, id);
  const describe = async () => await jsonOf(await test.call({ path: job }));
  const clock = async () => await jsonOf(await control(test, "GET", "clock"));
  assertEquals(await clock(), {
    status: 200,
    time: "2026-11-22T12:00:00.000Z",
    ahead: 0,
  });
  const move = async (advance: number) =>
    await jsonOf(await control(test, "POST", "clock", { advance }));
  await move(14_399);
  assertEquals((await describe()).StatusCode, "InProgress");
  const moved = { status: 200, time: "2026-11-22T16:00:00.000Z", ahead: 14400 };
  assertEquals(await move(1), moved);
  const { StatusCode, CompletionDate } = await describe();
  assertEquals(StatusCode, "Succeeded");
  assertEquals(CompletionDate, "2026-11-22T16:00:00.000Z");
  await test.restart();
  assertEquals(await clock(), moved);
  assertEquals((await describe()).StatusCode, "Succeeded");
  test.time += HOUR;
  assertEquals((await clock()).time, "2026-11-22T17:00:00.000Z");
  await move(24 * 3600);
  await assertRefused(
    await test.call({ path: job }),
    404,
    "ResourceNotFoundException",
  );
});

Deno.test("Clients sign by the machine's clock, wherever the service's is", async () => {
  await using test = await testVault({ control: true });
  await control(test, "POST", "clock", { advance: 30 * 24 * 3600 });
  const response = await test.call({ path: "/-/vaults" });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("date"), "Sun, 22 Nov 2026 12:00:00 GMT");
  const made = await test.call({ method: "PUT", path: "/-/vaults/later" });
  assertEquals(made.status, 201);
  const { CreationDate } = await jsonOf(
    await test.call({ path: "/-/vaults/later" }),
  );
  assertEquals(CreationDate, "2026-12-22T12:00:00.000Z");
});

Deno.test("Faults are put in force, counted and taken back", async () => {
  await using test = await testVault({ control: true });
  const put = async (body: unknown) =>
    await jsonOf(await control(test, "PUT", "faults", body));
  const fault = "ListVaults,error,code=throttling,n=2";
  const counts = (seen: number, struck: number) => ({
    status: 200,
    seed: 7,
    faults: [{ fault, seen, struck }],
  });
  assertEquals(await put({ seed: 7, faults: [fault] }), counts(0, 0));
  const list = () => test.call({ path: "/-/vaults" });
  assertEquals((await list()).status, 200);
  await assertRefused(await list(), 400, "ThrottlingException");
  assertEquals((await list()).status, 200);
  const get = async () => await jsonOf(await control(test, "GET", "faults"));
  assertEquals(await get(), counts(3, 1));
  // What is wrong changes nothing.
  const wrong = await put({ faults: [fault, "ListVaults,explode"] });
  assertEquals([wrong.status, wrong.code], [
    400,
    "InvalidParameterValueException",
  ]);
  assertStringIncludes(wrong.message, '"explode" is none of drop, error');
  assertEquals(await get(), counts(3, 1));
  // The seed stays where none is given; rules count from the begin.
  assertEquals(await put({ faults: [fault] }), counts(0, 0));
  assertEquals(await put({ faults: [] }), {
    status: 200,
    seed: 7,
    faults: [],
  });
  assertEquals((await list()).status, 200);
});

Deno.test("Wrong requests to the control endpoint are refused", async () => {
  await using test = await testVault({ control: true });
  const SERIALIZATION = "SerializationException";
  const INVALID = "InvalidParameterValueException";
  const MISSING = "MissingParameterValueException";
  const cases: [method: string, path: string, body: unknown, code: string][] = [
    ["POST", "clock", undefined, SERIALIZATION],
    ["POST", "clock", "{", SERIALIZATION],
    ["POST", "clock", {}, MISSING],
    ["POST", "clock", { advance: -1 }, INVALID],
    ["POST", "clock", { advance: 1.5 }, INVALID],
    ["POST", "clock", { advance: "1" }, INVALID],
    ["POST", "clock", { advance: 1e12 }, INVALID],
    ["PUT", "faults", {}, MISSING],
    ["PUT", "faults", { faults: "*,drop" }, SERIALIZATION],
    ["PUT", "faults", { faults: [], seed: -1 }, INVALID],
    ["PUT", "clock", { advance: 1 }, "BadRequest"],
    ["GET", "nothing", undefined, "BadRequest"],
    ["GET", "", undefined, "BadRequest"],
  ];
  for (const [method, path, body, code] of cases) {
    await assertRefused(await control(test, method, path, body), 400, code);
  }
  // What a page of another site may send without being allowed to.
  for (const type of ["text/plain", "application/x-www-form-urlencoded", ""]) {
    await assertRefused(
      await control(test, "POST", "clock", { advance: 1 }, {
        "content-type": type,
      }),
      400,
      "BadRequest",
      "content-type must be application/json",
    );
  }
  const page = { ...JSON_TYPE, origin: "http://localhost" };
  await assertRefused(
    await control(test, "POST", "clock", { advance: 1 }, page),
    400,
    "BadRequest",
    "Web pages have no access",
  );
  assertEquals((await jsonOf(await control(test, "GET", "clock"))).ahead, 0);
  // Ten years in all, not each time.
  const years = 10 * 366 * 24 * 3600;
  await control(test, "POST", "clock", { advance: years - 1 });
  await assertRefused(
    await control(test, "POST", "clock", { advance: 2 }),
    400,
    INVALID,
  );
});

Deno.test("Without being asked for, there is no control endpoint", async () => {
  await using test = await testVault();
  await assertRefused(
    await control(test, "POST", "clock", { advance: 1 }),
    400,
    "MissingAuthenticationTokenException",
  );
  await assertRefused(
    await test.call({ path: "/_control/clock" }),
    403,
    "AccessDeniedException",
  );
});
