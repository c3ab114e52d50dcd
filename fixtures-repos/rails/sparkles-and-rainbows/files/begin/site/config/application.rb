require "rails"
require "active_record/railtie"

module Farm
  class Application < Rails::Application
    config.load_defaults 6.1
    config.secret_key_base = "only for tests"
    config.eager_load = false
    config.logger = Logger.new(nil)
    config.active_record.schema_migrations_table_name = "farm_versions"
  end
end
