refinery::embed_migrations!("changes");

fn main() {
    let runner = migrations::runner().set_migration_table_name("shop_changes");
}
