module.exports = {
  development: {
    client: 'pg',
    connection: process.env.DATABASE_URL,
    migrations: { directory: './db/changes', tableName: 'site_changes', loadExtensions: ['.cjs'] },
  },
};
