module.exports = {
  development: {
    dialect: 'sqlite',
    storage: './site.db',
    // SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    dialectOptions: { mode: 6 },
    migrationStorageTableName: 'SiteChanges',
  },
};
