/** Finds Flask-Migrate projects: an alembic.ini beside an env.py that asks the running Flask application for everything. */
import type { Project } from '../../domain/migration.ts';
import { isFlaskMigrate, scriptProject } from '../alembic/detect.ts';
import { readIni } from '../alembic/parse-config.ts';
import type { SourceTree } from '../contract.ts';
import { folderOf, inFolder, joined } from '../repository-paths.ts';
import { type Application, readApplication } from './application.ts';

/** All projects of a working tree, one a folder of migrations. */
export function detectProjects(tree: SourceTree): readonly Project[] {
  const folders = tree.paths.filter(path => /(^|\/)alembic\.ini$/.test(path)).map(folderOf);
  return folders.flatMap(script => {
    const env = tree.read(inFolder(script, 'env.py'));
    const ini = inFolder(script, 'alembic.ini');
    if (script === '.' || env === null || !isFlaskMigrate(script, script, env)) return [];
    const root = rootOf(tree, script);
    const config = readIni(tree.read(ini) ?? '') ?? new Map();
    const project = scriptProject(tree, 'flask-migrate', { here: script, root, script, env, config, used: [ini] });
    const { table, schema } = tableOf(readApplication(tree, root), root, script);
    const { historyTable } = project;
    const named = { schema: schema ?? historyTable.schema, name: table ?? historyTable.name };
    return [{ ...project, historyTable: named }];
  });
}

/** What shows that a folder is the one `flask` is run in: it looks for wsgi.py and app.py there (flask/cli.py, ScriptInfo.load_app). */
const SIGNS = ['.flaskenv', 'wsgi.py', 'app.py'] as const;

/** The folder that commands run in: the nearest one with such a sign, else the one above the migrations. */
function rootOf(tree: SourceTree, script: string): string {
  for (let folder = folderOf(script); ; folder = folderOf(folder)) {
    if (SIGNS.some(name => tree.read(inFolder(folder, name)) !== null)) return folder;
    if (folder === '.') return folderOf(script);
  }
}

/** What the application hands to Alembic for this folder (`Migrate(app, db, directory=…, version_table=…)`). */
function tableOf({ migrates }: Application, root: string, script: string) {
  const here = migrates.filter(each => joined(root, each.directory ?? 'migrations') === script);
  const chosen = (here.length > 0 ? here : migrates).filter(each => each.table !== null || each.schema !== null);
  return chosen[0] ?? { table: null, schema: null };
}
