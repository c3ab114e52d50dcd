/**
 * Points a Laravel application at one database: a launcher in the scratch folder that does what artisan does, and puts our address into
 * the configuration as soon as that is loaded. Everything secret is in the environment.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';

const LAUNCHER = 'tidemark_laravel.php';

/** Arguments of one of artisan's commands. */
export const commandOf = (...words: readonly string[]): readonly string[] => [
  `{scratch}/${LAUNCHER}`,
  ...words,
  // In production Laravel asks otherwise.
  '--force',
  '--no-interaction',
];

/** Environment and scratch files for one database. */
export function pointAt(_project: Project, target: Target): Pointing {
  const { password, ...shown } = target;
  return {
    env: { TIDEMARK_TARGET: JSON.stringify(shown), TIDEMARK_PASSWORD: password ?? '' },
    files: [{ path: LAUNCHER, text: launcher }],
  };
}

const launcher = `<?php
// Runs artisan on the database Tidemark was asked for, and on no other, whatever the configuration says.
define('LARAVEL_START', microtime(true));
$target = json_decode(getenv('TIDEMARK_TARGET'), true);
$password = (string) getenv('TIDEMARK_PASSWORD');
$root = getcwd();
if (is_file($root.'/vendor/autoload.php')) {
    require $root.'/vendor/autoload.php';
}
$app = require $root.'/bootstrap/app.php';

$point = function ($app) use ($target, $password) {
    $config = $app['config'];
    $drivers = ['sqlite' => ['sqlite'], 'postgres' => ['pgsql'], 'mysql' => ['mysql', 'mariadb']][$target['engine']];
    $name = $config->get('database.default');
    $connection = $config->get('database.connections.'.$name) ?: [];
    if (! in_array($connection['driver'] ?? '', $drivers, true)) {
        $connection = $config->get('database.connections.'.$drivers[0]) ?: ['prefix' => ''];
    }
    // These settings would lead elsewhere.
    foreach (['url', 'host', 'port', 'database', 'username', 'password', 'unix_socket', 'read', 'write', 'sticky'] as $key) {
        unset($connection[$key]);
    }
    if (! in_array($connection['driver'] ?? '', $drivers, true)) {
        $connection['driver'] = $drivers[0];
    }
    $connection['database'] = $target['database'];
    if ($target['engine'] !== 'sqlite') {
        $connection['username'] = $target['user'];
        $connection['password'] = $password;
        $connection['host'] = $target['host'];
        if ($target['port']) {
            $connection['port'] = $target['port'];
        }
        if ($target['socket']) {
            $connection[$target['engine'] === 'mysql' ? 'unix_socket' : 'host'] = $target['socket'];
        }
        foreach ($target['parameters'] as $key => $value) {
            if ($key === 'search_path' || $key === 'charset' || strpos($key, 'ssl') === 0) {
                $connection[$key] = $value;
            }
        }
    }
    $config->set('database.connections', array_merge($config->get('database.connections') ?: [], [$name => $connection]));
};
$app->afterBootstrapping(Illuminate\\Foundation\\Bootstrap\\LoadConfiguration::class, $point);

// Whatever a provider changed since is seen here, at the last moment.
$app->booted(function ($app) use ($target) {
    $got = $app['config']->get('database.connections.'.$app['config']->get('database.default').'.database');
    if ($got !== $target['database']) {
        fwrite(STDERR, "The application puts another default database in place of the one Tidemark asked for. Nothing was run.\\n");
        exit(1);
    }
});
$kernel = $app->make(Illuminate\\Contracts\\Console\\Kernel::class);
$input = new Symfony\\Component\\Console\\Input\\ArgvInput(array_merge(['artisan'], array_slice($argv, 1)));
$status = $kernel->handle($input, new Symfony\\Component\\Console\\Output\\ConsoleOutput);
$kernel->terminate($input, $status);
exit($status);
`;
