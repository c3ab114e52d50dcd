/**
 * Points a Rails application at one database: a launcher in the scratch folder that puts our address in place of the one in its
 * configuration, lets it see the one migration that is to be reversed, and writes no schema file. Everything secret is in the environment.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';

const LAUNCHER = 'tidemark_rails.rb';

/** Arguments that run one of Rails' tasks. */
export const commandOf = (...words: readonly string[]): readonly string[] => [`{scratch}/${LAUNCHER}`, ...words];

/** Environment and scratch files for one database. `database` is the name it has in an application of several. */
export function pointAt({ settings: { database } }: Project, target: Target): Pointing {
  const { password, ...shown } = target;
  return {
    env: {
      TIDEMARK_TARGET: JSON.stringify(shown),
      TIDEMARK_PASSWORD: password ?? '',
      TIDEMARK_RAILS_DATABASE: typeof database === 'string' ? database : '',
      // A preloaded application would be another tree's.
      DISABLE_SPRING: '1',
    },
    files: [{ path: LAUNCHER, text: launcher }],
  };
}

const launcher = `# Runs a task of the application on the database Tidemark was asked for, and on no other, whatever its configuration says.
require "json"

action, version = ARGV
ARGV.clear
target = JSON.parse(ENV.fetch("TIDEMARK_TARGET"))
engine = target["engine"]
named = ENV["TIDEMARK_RAILS_DATABASE"].to_s
# An address in the environment goes before the configuration, in Rails.
ENV.keys.each { |key| ENV.delete(key) if key == "DATABASE_URL" || key.end_with?("_DATABASE_URL") }
ENV["VERSION"] = version if version

require File.expand_path("config/application", Dir.pwd)
require "rake"

FAMILY = { "sqlite" => /sqlite/, "postgres" => /postg/, "mysql" => /mysql|trilogy/ }.fetch(engine)
STOCK = { "sqlite" => "sqlite3", "postgres" => "postgresql", "mysql" => "mysql2" }.fetch(engine)
# These settings would lead elsewhere.
PLACES = %w[url host hostaddr port socket username user password database dbname service passfile replica default_file default_group]
place = { "database" => target["database"] }
unless engine == "sqlite"
  place["username"] = target["user"] if target["user"]
  place["password"] = ENV["TIDEMARK_PASSWORD"] unless ENV["TIDEMARK_PASSWORD"].to_s.empty?
  place["port"] = target["port"] if target["port"]
  place[engine == "mysql" && target["socket"] ? "socket" : "host"] = target["socket"] || target["host"] if target["socket"] || target["host"]
end
parameters = target["parameters"].dup
search_path = parameters.delete("search_path")
if engine == "postgres"
  place["schema_search_path"] = search_path if search_path
  place.merge!(parameters.select { |key, _| key.start_with?("ssl") || key == "connect_timeout" })
elsif engine == "mysql" && parameters["charset"]
  place["encoding"] = parameters["charset"]
end

pointed = lambda do |entry|
  entry = {} unless entry.is_a?(Hash)
  kept = entry.transform_keys(&:to_s).reject { |key, _| PLACES.include?(key) }
  adapter = kept["adapter"] || entry["url"].to_s[/\\A[a-z0-9]+/]
  kept["adapter"] = FAMILY.match?(adapter.to_s) ? adapter : STOCK
  kept.merge(place)
end

configuration = Rails.application.config
original = configuration.method(:database_configuration)
configuration.define_singleton_method(:database_configuration) do
  all = begin
    original.call
  rescue StandardError
    {}
  end
  entry = all[Rails.env] || {}
  several = entry.is_a?(Hash) && !entry.empty? && entry.values.all? { |each| each.is_a?(Hash) }
  name = named.empty? ? (several && entry.key?("primary") ? "primary" : entry.keys.first) : named
  all.merge(Rails.env => several ? entry.merge(name => pointed.call(entry[name])) : pointed.call(entry))
end
# The schema file is the working tree's.
configuration.active_record.dump_schema_after_migration = false if configuration.respond_to?(:active_record)

module TidemarkGuard
  def self.check(asked)
    base = ActiveRecord::Base
    got = base.respond_to?(:connection_db_config) ? base.connection_db_config.configuration_hash : base.connection_config
    wrong = asked.reject { |key, value| got[key.to_sym].to_s == value.to_s }.keys
    abort "The application puts another database in place of the one Tidemark asked for (#{wrong.join(", ")}). Nothing was run." unless wrong.empty?
  end
end

Rails.application.load_tasks
Rake::Task["environment"].invoke if Rake::Task.task_defined?("environment")
Rake::Task["db:load_config"].invoke
[ActiveRecord::Base, ActiveRecord].each do |holder|
  holder.dump_schema_after_migration = false if holder.respond_to?(:dump_schema_after_migration=)
end

if action == "down"
  # Rails refuses to move at all while two files have one class name: the one that is asked for is enough.
  only = Module.new do
    define_method(:migrations) { |*arguments| super(*arguments).select { |each| each.version == Integer(version, 10) } }
  end
  if defined?(ActiveRecord::MigrationContext)
    ActiveRecord::MigrationContext.prepend(only)
  else
    ActiveRecord::Migrator.singleton_class.prepend(only)
  end
end

guard = Module.new do
  define_method(:initialize) do |*arguments, **options|
    TidemarkGuard.check(place)
    options.empty? ? super(*arguments) : super(*arguments, **options)
  end
end
ActiveRecord::Migrator.prepend(guard)
task = { "down" => "db:migrate:down", "migrate" => "db:migrate" }.fetch(action)
task = "#{task}:#{named}" unless named.empty?
Rake::Task[task].invoke
`;
