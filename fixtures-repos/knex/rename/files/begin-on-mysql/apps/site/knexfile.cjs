module.exports = {
  development: {
    client: 'mysql2',
    connection: process.env.DATABASE_URL,
    migrations: { directory: './db/changes', tableName: 'site_changes', loadExtensions: ['.cjs'] },
  },
};
