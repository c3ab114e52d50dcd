export const id = 'id integer primary key autoincrement';
