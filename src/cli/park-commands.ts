/** `tidemark park …` on the command line: its commands, options and help. */
import type { Command } from 'commander';
import type { Action } from './main.ts';

/** `park list|show|restore|drop`. */
export function parkCommands(program: Command, action: Action): void {
  const park = program
    .command('park')
    .description('what reversals destroyed and Tidemark saved first: list, show, restore, drop')
    .addHelpText('after', '\nExample:\n  tidemark park list')
    .exitOverride();
  const command = (usage: string, says: string, example: string) =>
    park.command(usage).description(says).addHelpText('after', `\nExample:\n  ${example}`).exitOverride();
  const some = (arg: string | string[] | undefined): readonly string[] => (Array.isArray(arg) ? arg : []);
  command('list', 'list what is parked in this repository', 'tidemark park list --json').action(
    action(async session => (await import('./commands/park.ts')).parkListCommand(session)),
  );
  command(
    'show <id>',
    'show tables, columns and files of what is parked, and check the files',
    'tidemark park show 0003',
  ).action(action(async (session, [id]) => (await import('./commands/park.ts')).parkShowCommand(session, String(id))));
  command(
    'restore [ids...]',
    'put parked rows and values back where their tables and columns are there again; without ids all that fits',
    'tidemark park restore 20261121T080000Z-4f2a91-1',
  )
    .option('--overwrite', 'also replace values that are neither empty nor the default by now')
    .option('--other-database', 'also what was parked from another database')
    .option('--target <name>', 'the database that is changed, typed out, where it is doubtful')
    .option('-y, --yes', 'do not ask')
    .action(
      action(async (session, [ids], options) =>
        (await import('./commands/park.ts')).parkRestoreCommand(session, some(ids), options),
      ),
    );
  command(
    'drop <ids...>',
    'destroy parked data for good; every id must be given in full',
    'tidemark park drop 20261121T080000Z-4f2a91-1',
  )
    .option('-y, --yes', 'do not ask')
    .action(
      action(async (session, [ids], options) =>
        (await import('./commands/park.ts')).parkDropCommand(session, some(ids), options),
      ),
    );
}
