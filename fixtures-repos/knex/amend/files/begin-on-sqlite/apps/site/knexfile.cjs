module.exports = {
  development: {
    client: 'better-sqlite3',
    connection: { filename: './site.db' },
    useNullAsDefault: true,
    migrations: { directory: './db/changes', tableName: 'site_changes', loadExtensions: ['.cjs'] },
  },
};
