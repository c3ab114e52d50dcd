class CreateGlitter < ActiveRecord::Migration[6.1]
  def change
    add_column :unicorns, :glitter, :string, limit: 20
    create_table :glitter_sorts do |t|
      t.string :colour, limit: 20
    end
  end
end
