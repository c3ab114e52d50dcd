<?php
require_once 'Illuminate/autoload.php';

class FarmKernel extends Illuminate\Foundation\Console\Kernel
{
    protected $bootstrappers = [
        Illuminate\Foundation\Bootstrap\LoadConfiguration::class,
        Illuminate\Foundation\Bootstrap\RegisterFacades::class,
        Illuminate\Foundation\Bootstrap\SetRequestForConsole::class,
        Illuminate\Foundation\Bootstrap\RegisterProviders::class,
        Illuminate\Foundation\Bootstrap\BootProviders::class,
    ];
}

class FarmHandler implements Illuminate\Contracts\Debug\ExceptionHandler
{
    public function report(Throwable $e) {}
    public function shouldReport(Throwable $e) { return false; }
    public function render($request, Throwable $e) { throw $e; }
    public function renderForConsole($output, Throwable $e) { $output->writeln((string) $e); }
}

$app = new Illuminate\Foundation\Application(dirname(__DIR__));
$app->singleton(Illuminate\Contracts\Console\Kernel::class, FarmKernel::class);
$app->singleton(Illuminate\Contracts\Debug\ExceptionHandler::class, FarmHandler::class);
return $app;
