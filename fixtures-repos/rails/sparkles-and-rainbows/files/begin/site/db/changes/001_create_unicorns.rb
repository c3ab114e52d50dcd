class CreateUnicorns < ActiveRecord::Migration[6.1]
  def change
    # Rails makes the table anew on SQLite when it drops a column, and forgets that a key counts by itself.
    create_table :unicorns, id: false do |t|
      t.integer :id, null: false
      t.string :name, null: false
    end
  end
end
