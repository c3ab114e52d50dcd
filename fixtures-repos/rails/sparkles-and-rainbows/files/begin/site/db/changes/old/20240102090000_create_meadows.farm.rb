class CreateMeadows < ActiveRecord::Migration[6.1]
  def up
    create_table :meadows do |t|
      t.string :name
    end
  end

  def down
    drop_table :meadows
  end
end
