import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/errors.ts";
import {
  type Fault,
  parseFaultRule,
  type Selection,
} from "../../src/server/fault_rule.ts";

const ALWAYS: Selection = {
  probability: 1,
  first: 1,
  last: Infinity,
  times: Infinity,
};

const valid: [
  text: string,
  operations: string[] | null,
  fault: Fault,
  selection?: Partial<Selection>,
][] = [
  ["*,drop", null, { kind: "drop", at: "before" }],
  ["UploadArchive,drop,at=after,p=0.1", ["UploadArchive"], {
    kind: "drop",
    at: "after",
  }, { probability: 0.1 }],
  [
    " ListJobs+DescribeJob , drop , p=.5",
    [
      "ListJobs",
      "DescribeJob",
    ],
    { kind: "drop", at: "before" },
    { probability: 0.5 },
  ],
  ["*,error,code=500", null, {
    kind: "error",
    at: "before",
    code: "ServiceUnavailableException",
  }],
  ["*,error,code=408,at=after,n=3", null, {
    kind: "error",
    at: "after",
    code: "RequestTimeoutException",
  }, { first: 3, last: 3 }],
  ["*,error,code=throttling,n=3-5", null, {
    kind: "error",
    at: "before",
    code: "ThrottlingException",
  }, { first: 3, last: 5 }],
  ["InitiateJob,error,code=503,n=2-,times=4", ["InitiateJob"], {
    kind: "error",
    at: "before",
    code: "InsufficientCapacityException",
  }, { first: 2, times: 4 }],
  ["*,error,code=ExpiredTokenException", null, {
    kind: "error",
    at: "before",
    code: "ExpiredTokenException",
  }],
  ["GetJobOutput,slow,rate=1000", ["GetJobOutput"], {
    kind: "slow",
    of: "answer",
    rate: 1000,
  }],
  ["*,stall,of=payload,byte=0", null, {
    kind: "stall",
    of: "payload",
    byte: 0,
  }],
  ["*,stall", null, { kind: "stall", of: "answer", byte: null }],
  ["*,truncate,byte=7", null, { kind: "truncate", byte: 7 }],
  ["*,corrupt,of=payload", null, {
    kind: "corrupt",
    of: "payload",
    byte: null,
  }],
];

for (const [text, operations, fault, selection = {}] of valid) {
  Deno.test(`a fault is written ${JSON.stringify(text)}`, () => {
    assertEquals(parseFaultRule(text), {
      text,
      operations: operations && new Set(operations),
      fault,
      selection: { ...ALWAYS, ...selection },
    } as ReturnType<typeof parseFaultRule>);
  });
}

const invalid: [text: string, message: string][] = [
  ["", "it is of the form OPERATION,FAULT,name=value,…"],
  ["*", "it is of the form OPERATION,FAULT,name=value,…"],
  ["*,", '"" is none of drop, error, slow, stall, truncate, corrupt'],
  ["*,explode", '"explode" is none of'],
  ["uploadArchive,drop", '"uploadArchive" is no operation'],
  ["UploadArchive+,drop", '"" is no operation'],
  ["toString,drop", '"toString" is no operation'],
  ["*,drop,now", '"now" is no name=value'],
  ["*,drop,at=", '"at=" is no name=value'],
  ["*,drop,at=later", "at is before or after, not later"],
  ["*,drop,at=after,at=before", "at is given twice"],
  ["*,drop,rate=5", "drop has no rate"],
  ["*,truncate,of=payload", "truncate has no of"],
  ["*,error", "error needs a code"],
  ["*,error,code=404", '"404" is no error code of the service'],
  ["*,error,code=constructor", '"constructor" is no error code'],
  ["*,slow", "slow needs a rate"],
  ["*,slow,rate=0", "rate is a whole number of at least 1, not 0"],
  ["*,slow,rate=1.5", "rate is a whole number"],
  ["*,stall,byte=-1", "byte is a whole number"],
  ["*,corrupt,of=header", "of is answer or payload, not header"],
  ["*,drop,p=1.1", "p is a number from 0 to 1, not 1.1"],
  ["*,drop,p=-1", "p is a number from 0 to 1"],
  ["*,drop,p=often", "p is a number from 0 to 1"],
  ["*,drop,n=0", "n is such as 3, 3-5 or 3-, counted from 1, not 0"],
  ["*,drop,n=5-3", "n is such as"],
  ["*,drop,n=-3", "n is such as"],
  ["*,drop,times=0", "times is a whole number of at least 1"],
];

for (const [text, message] of invalid) {
  Deno.test(`no fault is written ${JSON.stringify(text)}`, () => {
    const error = assertThrows(() => parseFaultRule(text), UsageError, message);
    assertEquals(
      error.message.startsWith(`Cannot understand the fault "${text}": `),
      true,
    );
  });
}
