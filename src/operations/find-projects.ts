/** Which projects a repository has: found by the frameworks' own markers, corrected by the user's settings. */
import type { ProjectSettings, Settings } from '../config/contract.ts';
import type { Project } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import type { Framework, SourceTree } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import type { Where } from './outside.ts';

/** A project with the framework that reads it and what the user set for it. */
export interface FoundProject {
  readonly project: Project;
  readonly framework: Framework;
  readonly settings: ProjectSettings | null;
  readonly tree: SourceTree;
}

/** `django` or, where a repository has several, `django:services/shop`; for a further database of an application `rails:shop@animals`. */
export const projectKey = ({ framework, root, database }: Project): string =>
  `${root === '.' ? framework : `${framework}:${root}`}${database === undefined ? '' : `@${database}`}`;

/** Finds all projects, narrowed by `--framework` and `--project`. Throws `no-framework`, `unknown-framework`, `unknown-project`. */
export async function findProjects(
  repository: Repository,
  frameworks: readonly Framework[],
  settings: Settings,
  where: Pick<Where, 'framework' | 'project'>,
): Promise<readonly FoundProject[]> {
  const used = selectFrameworks(frameworks, where.framework);
  const files = await repository.workingFiles(markersOf(used));
  const tree: SourceTree = { paths: files.map(file => file.path), read: path => repository.readWorking(path) };
  const found = projectsIn(tree, used, settings);
  if (found.length === 0) {
    throw new ProblemError('no-framework', { root: repository.root, looked: used.map(framework => framework.title) });
  }
  return selectProjects(found, where.project);
}

/** Pathspecs of all files that can show a project of these frameworks. */
export const markersOf = (frameworks: readonly Framework[]): readonly string[] => [
  ...new Set(frameworks.flatMap(framework => framework.markers)),
];

/** All projects of a tree: detected ones, corrected by the settings, and those that only the settings know. */
export function projectsIn(
  tree: SourceTree,
  frameworks: readonly Framework[],
  settings: Settings,
): readonly FoundProject[] {
  const detected = frameworks.flatMap(framework =>
    framework.detect(tree).map(project => withSettings({ project, framework, settings: null, tree }, settings)),
  );
  return [...detected, ...declaredOnly(settings, detected, frameworks, tree)];
}

function selectFrameworks(frameworks: readonly Framework[], name: string | null): readonly Framework[] {
  if (name === null) return frameworks;
  const chosen = frameworks.filter(framework => framework.name === name);
  if (chosen.length > 0) return chosen;
  throw new ProblemError('unknown-framework', { name, known: frameworks.map(framework => framework.name) });
}

function selectProjects(found: readonly FoundProject[], asked: string | null): readonly FoundProject[] {
  if (asked === null) return found;
  const wanted = asked.replace(/^\.\//, '').replace(/\/+$/, '') || '.';
  const chosen = found.filter(({ project }) => project.root === wanted || projectKey(project) === wanted);
  if (chosen.length > 0) return chosen;
  throw new ProblemError('unknown-project', { asked, known: found.map(({ project }) => projectKey(project)) });
}

const matches = (declared: ProjectSettings, project: Project): boolean =>
  declared.framework === project.framework && declared.root === project.root;

function withSettings(found: FoundProject, settings: Settings): FoundProject {
  const declared = settings.projects.find(entry => matches(entry, found.project));
  if (declared === undefined) return found;
  // What is said of the application's first database holds for no other.
  if (found.project.database !== undefined) {
    const { program, carry } = declared;
    const { framework, root } = found.project;
    const shared = { ...(program === undefined ? {} : { program }), ...(carry === undefined ? {} : { carry }) };
    return { ...found, settings: { framework, root, ...shared } };
  }
  const { historyTable, settings: detected } = found.project;
  const project: Project = {
    ...found.project,
    historyTable: {
      schema: declared.historySchema ?? historyTable.schema,
      name: declared.historyTable ?? historyTable.name,
    },
    settings: {
      ...detected,
      ...declared.options,
      ...(declared.migrations === undefined
        ? {}
        : { migrations: declared.migrations.map(folder => inRoot(found.project.root, folder)) }),
    },
  };
  return { ...found, project, settings: declared };
}

const inRoot = (root: string, folder: string): string => (root === '.' ? folder : `${root}/${folder}`);

/**
 * Projects that only the settings know: detection found none there, but the settings say where the migrations lie and what the
 * history table is called. Anything less is taken for a typing error, as silence would let its database drift unseen.
 */
function declaredOnly(
  settings: Settings,
  detected: readonly FoundProject[],
  used: readonly Framework[],
  tree: SourceTree,
): readonly FoundProject[] {
  const complaints: string[] = [];
  const found = settings.projects.flatMap(declared => {
    const framework = used.find(each => each.name === declared.framework);
    if (framework === undefined || detected.some(({ project }) => matches(declared, project))) return [];
    if (declared.migrations === undefined || declared.historyTable === undefined) {
      const say = 'say "migrations" and "historyTable" if there is one all the same';
      complaints.push(`projects: no ${declared.framework} project was found in "${declared.root}"; ${say}`);
      return [];
    }
    const historyTable = { schema: null, name: declared.historyTable };
    const bare: Project = { framework: framework.name, root: declared.root, historyTable, settings: {} };
    return [withSettings({ project: bare, framework, settings: null, tree }, settings)];
  });
  if (complaints.length > 0) throw new ProblemError('bad-settings', { file: settings.file ?? '', complaints });
  return found;
}
