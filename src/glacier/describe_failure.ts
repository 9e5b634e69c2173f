/**
 * Glacier's errors in one sentence for the user.
 *
 * @module
 */

import type { Failure } from "../aws/failure.ts";
import type { OperationName } from "./operations.ts";

/** What an operation is about, by the parameter of its path that tells it. */
const SUBJECTS = [
  ["archiveId", "Archive"],
  ["jobId", "Job"],
  ["uploadId", "Upload"],
] as const;

/** Operations whose 404 may mean that the vault has no such setting. */
const SETTINGS: Partial<Record<OperationName, string>> = {
  GetVaultNotifications: "notification configuration",
  GetVaultAccessPolicy: "access policy",
  GetVaultLock: "lock policy",
};

/** Operations about one archive. */
const OF_ARCHIVES: ReadonlySet<OperationName> = new Set([
  "DeleteArchive",
  "InitiateJob",
]);

/** A function that describes the failures of one request, or leaves it to the general rules. */
export function describeFailure(
  operation: OperationName,
  parameters: Record<string, string>,
  region: string,
): (failure: Failure) => string | undefined {
  return (failure) => {
    switch (failure.code) {
      case "ResourceNotFoundException":
        return notFound(operation, parameters, region, failure);
      case "InvalidParameterValueException":
        return invalidValue(operation, parameters, region, failure);
      case "PolicyEnforcedException":
        return "The retrieval would exceed the account's data retrieval policy (it applies to the Standard tier)";
      case "InsufficientCapacityException":
        return "No Expedited capacity is left at the moment (use another tier, or try later)";
    }
    return undefined;
  };
}

/** What the service says, where that misleads or there is more to it. */
function invalidValue(
  operation: OperationName,
  { vaultName }: Record<string, string>,
  region: string,
  { message }: Failure,
): string | undefined {
  // Said of an archive that another vault has; a name that is none is not found.
  if (OF_ARCHIVES.has(operation) && /^invalid vault name\b/i.test(message)) {
    return `The archive is not in vault ${vaultName} in ${region}, but in another one (is --vault the vault that the journal is of?)`;
  }
  if (operation !== "DeleteVault" || !/\bnot empty\b/i.test(message)) {
    return undefined;
  }
  return `Vault ${vaultName} in ${region} cannot be deleted yet: it must have been empty at its last inventory, which the service makes about once a day, with nothing written to it since (delete its archives with purge-vault, then wait for the next inventory and try again)`;
}

function notFound(
  operation: OperationName,
  parameters: Record<string, string>,
  region: string,
  { message }: Failure,
): string | undefined {
  const { vaultName } = parameters;
  if (vaultName === undefined) return undefined;
  const setting = SETTINGS[operation];
  const subject = SUBJECTS.find(([name]) => name in parameters);
  const aboutVault = /^vault\b(?! inventory)(?!.*\b(lock|policy|notification))/i
    .test(message);
  if (!aboutVault && setting !== undefined) {
    return `No ${setting}: vault ${vaultName} in ${region} has none`;
  }
  if (!aboutVault && subject !== undefined) {
    const [name, title] = subject;
    return `${title} not found: ${
      parameters[name]
    } in vault ${vaultName} in ${region}`;
  }
  // The archive that a job is about stands in its content, not in its path.
  if (operation === "InitiateJob" && !aboutVault && message !== "") {
    return `Not found in vault ${vaultName} in ${region}: ${message}`;
  }
  return `Vault not found: ${vaultName} in ${region} (create it with create-vault)`;
}
