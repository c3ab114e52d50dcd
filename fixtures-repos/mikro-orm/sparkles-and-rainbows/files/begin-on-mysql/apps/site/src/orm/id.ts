export const id = 'id integer primary key auto_increment';
