#!/bin/sh
# Installs the database servers, python3-venv, Rails, Laravel, Sqitch and the compiler that the whole test run uses, where that can be done without asking:
# as root, or with a sudo that needs no password, on a system with apt. Elsewhere it says what will be skipped.
set -eu

missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v mariadbd >/dev/null 2>&1 || [ -x /usr/sbin/mariadbd ] || missing="$missing mariadb-server"
command -v python3 >/dev/null 2>&1 && python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python3-venv"
# The newest git is built for the hook's tests, unless the one on PATH is new enough.
command -v cc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v make >/dev/null 2>&1 || missing="$missing make"
[ -e /usr/include/zlib.h ] || missing="$missing zlib1g-dev"
# Flyway, Play and Liquibase are libraries of Java, with small programs of the tests over them.
command -v javac >/dev/null 2>&1 || missing="$missing default-jdk-headless"
command -v mvn >/dev/null 2>&1 || missing="$missing maven"
# Laravel without Composer, as Debian has it (83 seconds on a busy machine).
php -d error_reporting=0 -r 'require "Illuminate/autoload.php"; exit(count(array_diff(["sqlite", "pgsql", "mysql"], PDO::getAvailableDrivers())));' >/dev/null 2>&1 ||
  missing="$missing php-cli php-laravel-framework php-sqlite3 php-pgsql php-mysql"
# Rails without Bundler, as Debian has it (26 seconds).
ruby -W0 -e 'require "rails"; %w[active_record sqlite3 pg mysql2].each { |each| require each }' >/dev/null 2>&1 ||
  missing="$missing ruby-railties ruby-activerecord ruby-sqlite3 ruby-pg ruby-mysql2"
# diesel speaks to servers through their own C libraries.
[ -e /usr/include/postgresql/libpq-fe.h ] || missing="$missing libpq-dev"
[ -e /usr/include/mariadb/mysql.h ] || missing="$missing libmariadb-dev"
# Sqitch with its driver, and the client that it hands its scripts to (22 seconds).
{ sqitch --version && psql --version && perl -MDBD::Pg -e 1; } >/dev/null 2>&1 ||
  missing="$missing sqitch libdbd-pg-perl postgresql-client"
# A pooler, behind which no lock may be trusted.
command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then as_root="sudo -n"; else as_root="no"; fi
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$as_root" = no ]; then
  echo "Not installed, and cannot be without root and apt:$missing. Their suites are skipped by name." >&2
  exit 0
fi
echo "Installing$missing." >&2
# The packages would start a server of their own, on the usual port; the tests start theirs on free ports.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
