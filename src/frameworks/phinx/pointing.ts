/**
 * Points Phinx at one database: a configuration in the scratch folder that loads the project's own and puts our address into the environment it
 * chooses. For a reversal it also names the folder with the one file, so that `rollback -t 0` can reach nothing else. Everything secret is
 * in the environment.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';

const [FORWARD, REVERSE] = ['phinx_forward.php', 'phinx_reverse.php'];

/** Where the one file of a reversal is laid: beside a folder of migrations, so that what it requires by a relative path is there. */
export const ALONE = 'tidemark_alone';

export const forwardArguments: readonly string[] = ['migrate', '-c', `{scratch}/${FORWARD}`, '--no-interaction'];
export const reverseArguments: readonly string[] = [
  'rollback',
  '-c',
  `{scratch}/${REVERSE}`,
  '-t',
  '0',
  '--no-interaction',
];

/** Environment and scratch files for one database. */
export function pointAt({ settings, historyTable }: Project, target: Target, folders: readonly string[]): Pointing {
  const { password, ...shown } = target;
  const table = historyTable.schema === null ? historyTable.name : `${historyTable.schema}.${historyTable.name}`;
  return {
    env: {
      TIDEMARK_TARGET: JSON.stringify({ ...shown, table, config: settings['config'], folders }),
      TIDEMARK_PASSWORD: password ?? '',
    },
    files: [
      { path: FORWARD, text: configuration(false) },
      { path: REVERSE, text: configuration(true) },
    ],
  };
}

const configuration = (alone: boolean): string => `<?php
// The project's own configuration, pointed at the database Tidemark was asked for, and at no other.
return (static function () {
    $target = json_decode(getenv('TIDEMARK_TARGET'), true);
    $refuse = static function ($reason) {
        fwrite(STDERR, $reason." Nothing was run.\\n");
        exit(1);
    };
    $file = getcwd().'/'.$target['config'];
    if (substr($file, -4) === '.php') {
        $config = include $file;
    } elseif (substr($file, -5) === '.json') {
        $config = json_decode(file_get_contents($file), true);
    } else {
        $config = Symfony\\Component\\Yaml\\Yaml::parse(file_get_contents($file));
    }
    if (! is_array($config)) {
        $refuse($target['config'].' returns no array, so Tidemark cannot put another database into it.');
    }
    array_walk_recursive($config, static function (&$value) use ($file) {
        if (is_string($value)) {
            $value = str_replace(['%%PHINX_CONFIG_PATH%%', '%%PHINX_CONFIG_DIR%%'], [$file, dirname($file)], $value);
        }
    });
    $all = isset($config['environments']) ? $config['environments'] : [];
    $name = getenv('PHINX_ENVIRONMENT') ?: null;
    foreach (['default_environment', 'default_database'] as $key) {
        $name = $name ?: (isset($all[$key]) ? $all[$key] : null);
    }
    $name = $name ?: key(array_filter($all, 'is_array'));
    if ($name === null || ! isset($all[$name]) || ! is_array($all[$name])) {
        $refuse('The configuration has no environment to begin with.');
    }
    $chosen = $all[$name];
    $table = 'phinxlog';
    foreach ([$all['default_migration_table'] ?? null, $chosen['migration_table'] ?? null] as $said) {
        $table = $said ?: $table;
    }
    if ($table !== $target['table']) {
        $refuse('The configuration keeps its history in '.$table.', and Tidemark read '.$target['table'].'.');
    }
    // These settings would lead elsewhere.
    foreach (['dsn', 'connection', 'host', 'port', 'name', 'user', 'pass', 'unix_socket', 'suffix', 'memory', 'wrapper'] as $key) {
        unset($chosen[$key]);
    }
    $chosen['adapter'] = ['sqlite' => 'sqlite', 'postgres' => 'pgsql', 'mysql' => 'mysql'][$target['engine']];
    $chosen['name'] = $target['database'];
    if ($target['engine'] === 'sqlite') {
        $chosen['suffix'] = '';
    } else {
        $chosen['host'] = $target['host'];
        $chosen['user'] = $target['user'];
        $chosen['pass'] = (string) getenv('TIDEMARK_PASSWORD');
        if ($target['port']) {
            $chosen['port'] = $target['port'];
        }
        if ($target['socket']) {
            $chosen[$target['engine'] === 'mysql' ? 'unix_socket' : 'host'] = $target['socket'];
        }
    }
    unset($config['environments']['default_database']);
    $config['environments'][$name] = $chosen;
    $config['environments']['default_environment'] = $name;
    // Phinx before 0.12 knows only the older name.
    $config['environments']['default_database'] = $name;
${alone ? ONE_FILE : ''}    return $config;
})();
`;

const ONE_FILE = `    $found = [];
    foreach ($target['folders'] as $folder) {
        $found = array_merge($found, glob(dirname(getcwd().'/'.$folder).'/${ALONE}/*.php'));
    }
    $found = array_values(array_unique($found));
    if (count($found) !== 1) {
        $refuse('The one migration to reverse is not there alone.');
    }
    $spaced = preg_match('/^\\s*namespace\\s+([\\w\\\\\\\\]+)\\s*;/m', file_get_contents($found[0]), $match);
    $config['paths']['migrations'] = $spaced ? [$match[1] => dirname($found[0])] : [dirname($found[0])];
`;
