/**
 * From settled options to the command that they are for.
 *
 * @module
 */

import { checkLocalHash } from "../commands/check_local_hash.ts";
import type { CommandEvent } from "../commands/command_events.ts";
import type {
  LocalContext,
  ServiceContext,
  StoreContext,
} from "../commands/context.ts";
import { createVault } from "../commands/create_vault.ts";
import { deleteVault } from "../commands/delete_vault.ts";
import { downloadInventory } from "../commands/download_inventory.ts";
import { journalReconcile } from "../commands/journal_reconcile.ts";
import { journalStats } from "../commands/journal_stats.ts";
import { journalVerify } from "../commands/journal_verify.ts";
import { listVaults } from "../commands/list_vaults.ts";
import { purgeVault } from "../commands/purge_vault.ts";
import { restore } from "../commands/restore.ts";
import { restoreCompleted } from "../commands/restore_completed.ts";
import { retrieveInventory } from "../commands/retrieve_inventory.ts";
import { sync } from "../commands/sync.ts";
import { uploadFile } from "../commands/upload_file.ts";
import { uploads } from "../commands/uploads.ts";
import { planSizing } from "../transfer/sizing.ts";
import type { CommandName } from "./commands.ts";
import { filterOf } from "./filter_options.ts";
import type { CliHost } from "./host.ts";
import type { CommandLine } from "./parse.ts";
import type { Reporter } from "./reporter.ts";
import { openService, openStore } from "./service.ts";
import type { Settings } from "./settings.ts";
import { syncModes } from "./sync_modes.ts";
import { INPUT_WORDS, uploadSource } from "./upload_source.ts";

const MEBIBYTE = 1024 * 1024;

/** The commands that do something with archives. */
export type RunnableCommand = Exclude<
  CommandName,
  "help" | "version" | "serve" | "completions"
>;

/** Runs a command; what it does comes out as events of the reporter. */
export async function runCommand(
  line: CommandLine,
  settings: Settings,
  host: CliHost,
  reporter: Reporter,
): Promise<void> {
  const local: LocalContext<CommandEvent> = {
    platform: host.platform,
    emit: (event) => reporter.emit(event),
    signal: host.signal,
  };
  const withStore = async (
    vault = settings.text("vault"),
  ): Promise<StoreContext<CommandEvent>> => ({
    ...local,
    ...await openStore(vault, settings, host, reporter),
    rebind: settings.flag("rebind"),
  });
  const withService = async (): Promise<ServiceContext<CommandEvent>> => ({
    ...local,
    ...await openService(settings, host, reporter),
  });
  const journal = () => settings.text("journal");
  const dir = () => settings.text("dir");
  const dryRun = settings.flag("dry-run");
  const concurrency = () => settings.number("concurrency");
  const sizing = () => {
    const bytes = (name: "partsize" | "memory-limit") => {
      const mebibytes = settings.givenNumber(name);
      return mebibytes === undefined ? undefined : mebibytes * MEBIBYTE;
    };
    return planSizing({
      concurrency: settings.givenNumber("concurrency"),
      partSize: bytes("partsize"),
      memoryLimit: bytes("memory-limit"),
    });
  };
  const maxFiles = () => settings.optionalNumber("max-number-of-files");
  const filter = filterOf(settings.filters);
  switch (line.command as RunnableCommand) {
    case "create-vault": {
      const vault = line.positional!;
      return await createVault(await withStore(vault), { vault });
    }
    case "delete-vault": {
      const vault = line.positional!;
      return await deleteVault(await withStore(vault), { vault });
    }
    case "list-vaults":
      return await listVaults(await withService());
    case "sync":
      return await sync(await withStore(), {
        dir: dir(),
        journal: journal(),
        dryRun,
        filter,
        modes: syncModes(settings),
        ...sizing(),
        maxFiles: maxFiles(),
        follow: settings.flag("follow"),
        countFirst: host.errIsTerminal && !settings.flag("quiet"),
      });
    case "upload-file": {
      const source = uploadSource(settings);
      return await uploadFile(await withStore(), {
        source,
        input: host.input,
        inputWords: INPUT_WORDS,
        journal: journal(),
        dryRun,
        ...sizing(),
      });
    }
    case "check-local-hash":
      return await checkLocalHash(local, {
        dir: dir(),
        journal: journal(),
        dryRun,
        filter,
      });
    case "restore":
      return await restore(await withStore(), {
        dir: dir(),
        journal: journal(),
        dryRun,
        filter,
        concurrency: concurrency(),
        maxFiles: maxFiles(),
      });
    case "restore-completed":
      return await restoreCompleted(await withStore(), {
        dir: dir(),
        journal: journal(),
        dryRun,
        filter,
        concurrency: concurrency(),
        segmentSize: settings.number("segment-size") * MEBIBYTE,
      });
    case "purge-vault":
      return await purgeVault(await withStore(), {
        journal: journal(),
        dryRun,
        filter,
        concurrency: concurrency(),
      });
    case "retrieve-inventory":
      return await retrieveInventory(await withStore(), {
        format: settings.text("request-inventory-format") as "json" | "csv",
      });
    case "download-inventory":
      return await downloadInventory(await withStore(), {
        newJournal: settings.text("new-journal"),
        // As mt-aws-glacier does.
        orEmpty: true,
        descriptions: settings.text("descriptions") as "all" | "mt",
        undecodable: settings.text("undecodable") as
          | "archive-id"
          | "leave-out"
          | "fail",
      });
    case "uploads":
      return await uploads(await withStore(), {
        journal: journal(),
        which: settings.text("which") as "own" | "foreign" | "all",
        abort: settings.flag("abort"),
        dryRun,
      });
    case "journal reconcile":
      return await journalReconcile(await withStore(), {
        journal: journal(),
        adopt: settings.flag("adopt"),
        mark: settings.flag("mark"),
        maxMissing: settings.optionalNumber("max-missing"),
        descriptions: settings.text("descriptions") as "all" | "mt",
        dryRun,
      });
    case "journal verify":
      return await journalVerify(local, { journal: journal() });
    case "journal stats":
      return await journalStats(local, { journal: journal(), filter });
  }
}
