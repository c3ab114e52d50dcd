class CreatePrizes < ActiveRecord::Migration[6.1]
  def change
    create_table :prizes do |t|
      t.bigint :race_id
    end
    add_index :prizes, :race_id
  end
end
