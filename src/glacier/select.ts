/**
 * Queries on archives ("select" jobs). Few ever used them and new ones are
 * refused, so they are passed on as they are, only with other names.
 *
 * @module
 */

/** What a query reads and gives. Both sides are CSV. */
export interface SelectParameters {
  /** How the archive is written. */
  inputSerialization?: { csv?: CsvInput };
  /** `SQL`. */
  expressionType?: string;
  /** The query. */
  expression?: string;
  /** How the result is to be written. */
  outputSerialization?: { csv?: CsvOutput };
}

/** How the archive's CSV is written. */
export interface CsvInput {
  /** What its first line is: `USE`, `IGNORE` or `NONE`. */
  fileHeaderInfo?: string;
  /** The character that begins a comment. */
  comments?: string;
  /** The character before a quote that is part of a field. */
  quoteEscapeCharacter?: string;
  /** What ends a record. */
  recordDelimiter?: string;
  /** What separates fields. */
  fieldDelimiter?: string;
  /** What encloses a field. */
  quoteCharacter?: string;
}

/** How the result's CSV is to be written. */
export interface CsvOutput {
  /** Which fields are enclosed: `ALWAYS` or `ASNEEDED`. */
  quoteFields?: string;
  /** The character before a quote that is part of a field. */
  quoteEscapeCharacter?: string;
  /** What ends a record. */
  recordDelimiter?: string;
  /** What separates fields. */
  fieldDelimiter?: string;
  /** What encloses a field. */
  quoteCharacter?: string;
}

/** Where the result goes. */
export interface OutputLocation {
  /** A bucket of S3, and how the object is to be. */
  s3?: {
    bucketName?: string;
    prefix?: string;
    encryption?: {
      encryptionType?: string;
      kmsKeyId?: string;
      kmsContext?: string;
    };
    cannedAcl?: string;
    accessControlList?: Grant[];
    tagging?: Record<string, string>;
    userMetadata?: Record<string, string>;
    storageClass?: string;
  };
}

/** Who may do what with the result. */
export interface Grant {
  /** Who. */
  grantee?: {
    type: string;
    displayName?: string;
    uri?: string;
    id?: string;
    emailAddress?: string;
  };
  /** What: `READ`, `WRITE`, `FULL_CONTROL` … */
  permission?: string;
}

/** Names that are not merely our own with a capital first letter. */
const WIRE_NAMES: Record<string, string> = {
  csv: "csv",
  uri: "URI",
  id: "ID",
  kmsKeyId: "KMSKeyId",
  kmsContext: "KMSContext",
  cannedAcl: "CannedACL",
};

const OWN_NAMES: Record<string, string> = Object.fromEntries(
  Object.entries(WIRE_NAMES).map(([own, wire]) => [wire, own]),
);

/** Their keys are the user's own. */
const MAPS = new Set(["tagging", "userMetadata", "Tagging", "UserMetadata"]);

/** With the API's names. */
export function toWire(value: SelectParameters | OutputLocation): unknown {
  return rename(
    value,
    (name) => WIRE_NAMES[name] ?? name.charAt(0).toUpperCase() + name.slice(1),
  );
}

/** With our names; what is `null` is left out. */
export function fromWire(
  value: Record<string, unknown>,
): SelectParameters & OutputLocation {
  return {
    ...record(
      rename(
        value,
        (name) =>
          OWN_NAMES[name] ?? name.charAt(0).toLowerCase() + name.slice(1),
      ),
    ),
  };
}

function record(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

/** No query is as deep; but an answer could be deeper than calls can go, and is cut off there. */
const MAX_DEPTH = 20;

function rename(
  value: unknown,
  nameOf: (name: string) => string,
  depth = 0,
): unknown {
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) {
    return value.map((each) => rename(each, nameOf, depth + 1));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([_, field]) => field != null).map((
      [name, field],
    ) => [
      nameOf(name),
      MAPS.has(name) ? field : rename(field, nameOf, depth + 1),
    ]),
  );
}
