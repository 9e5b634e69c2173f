/**
 * Faults that a server is told to produce.
 *
 * @module
 */

import type { Random } from "../random.ts";

/** Rules for one kind of request, without their probability. */
const RULES = [
  "UploadArchive,drop,at=after",
  "UploadArchive,error,code=500,at=after",
  "CompleteMultipartUpload,drop,at=after",
  "CompleteMultipartUpload,error,code=500,at=after",
  "InitiateMultipartUpload,drop,at=after",
  "InitiateJob,drop,at=after",
  "DeleteArchive+AbortMultipartUpload,drop,at=after",
  "UploadMultipartPart,drop,at=after",
  "UploadArchive+UploadMultipartPart,corrupt,of=payload",
  "GetJobOutput,truncate",
  "GetJobOutput,corrupt",
  "ListJobs+ListParts,truncate",
];

/** Rules for all requests. */
const FOR_ALL = [
  "*,drop",
  "*,error,code=throttling",
  "*,error,code=408",
  "*,error,code=500",
];

/** Costs a whole time-out. A payload that stalls would cost a minute more. */
const STALL = "GetJobOutput,stall,p=0.5,times=1";

/** Draws some rules. */
export function drawFaults(random: Random): string[] {
  const rules: string[] = [];
  if (random.chance(0.05)) rules.push(STALL);
  const count = random.between(2, 5);
  for (let i = 0; i < count; i++) {
    // A rule of which all requests are struck has the client give up.
    const p = random.pick([0.2, 0.4, 0.8])!;
    rules.push(`${random.pick(RULES)!},p=${p}`);
  }
  if (random.chance(0.6)) {
    rules.push(`${random.pick(FOR_ALL)!},p=${random.pick([0.05, 0.15])!}`);
  }
  return rules;
}

/** Whether one of the rules lets the client wait for its time-out. */
export function stalls(rules: readonly string[]): boolean {
  return rules.includes(STALL);
}
