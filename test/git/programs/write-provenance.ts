/** Writes logs into a repository's provenance store as one of several processes: `<repository> <name> <how many>`. */
import { createGit } from '../../../src/git/git.ts';

const [root = '', name = '', many = ''] = process.argv.slice(2);
const repository = await createGit({ env: process.env }).open(root);
for (let at = 0; at < Number(many); at += 1) {
  const end = await repository.provenance.change(logs => ({
    logs: new Map([...logs, [`${name}${at}`, `log ${name} ${at}\n`]]),
    keep: new Set(),
    texts: new Map(),
  }));
  process.stdout.write(`${end} `);
}
await repository.close();
