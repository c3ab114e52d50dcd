export const id = 'id serial primary key';
