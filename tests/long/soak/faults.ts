/**
 * The faults of a soak test.
 *
 * What is uploaded by one request and may be lost "after" has rules of its own,
 * so that the server's count of them says how many archives were stored whose
 * answer nobody saw.
 *
 * @module
 */

import { OPERATIONS } from "../../../src/glacier/operations.ts";

/** All operations but Upload Archive, as a rule names them. */
export const OTHERS = Object.keys(OPERATIONS)
  .filter((name) => name !== "UploadArchive").join("+");

/** Rules by which an archive is stored and its answer lost. */
export const LOST_ANSWERS = [
  "UploadArchive,drop,at=after,p=0.04",
  "UploadArchive,error,code=500,at=after,p=0.04",
];

/** All rules. */
export const FAULTS = [
  ...LOST_ANSWERS,
  "UploadArchive+UploadMultipartPart,corrupt,of=payload,p=0.03",
  "UploadArchive+UploadMultipartPart,slow,of=payload,rate=5000000,p=0.02",
  "UploadArchive+UploadMultipartPart,stall,of=payload,p=0.003",
  "GetJobOutput,truncate,p=0.05",
  "GetJobOutput,corrupt,p=0.05",
  "GetJobOutput,slow,rate=5000000,p=0.02",
  "GetJobOutput,stall,p=0.005",
  `${OTHERS},drop,at=after,p=0.03`,
  `${OTHERS},error,code=500,at=after,p=0.02`,
  `${OTHERS},truncate,p=0.02`,
  "*,drop,p=0.02",
  "*,error,code=throttling,p=0.03",
  "*,error,code=408,p=0.02",
  "*,error,code=500,p=0.02",
];
