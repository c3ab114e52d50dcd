class CreateRaces < ActiveRecord::Migration[6.1]
  def change
    add_column :unicorns, :speed, :integer
    create_table :races do |t|
      t.bigint :meadow_id
    end
  end
end
