/** Sparkles and Rainbows with the real Rails, which lists a missing file and does nothing about it. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'rails',
  ids: ['1', '20240102090000', '20240103090000', '20240104090000', '20240105090000'],
  third: 'site/db/changes/20240103090000_create_glitter.rb',
  ours: () => true,
  column: 'version',
  rowsAfter: ['1', '20240102090000', '20240104090000', '20240105090000'],
  needsThird: false,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
    'SELECT * FROM ar_internal_metadata ORDER BY 1',
  ],
  sixth: {
    id: '20240105090006',
    path: 'site/db/changes/20240105090006_sing.rb',
    text: `class Sing < ActiveRecord::Migration[6.1]
  def change
    create_table :songs do |t|
      t.string :song_title
      t.string :song_key
      t.integer :song_length
      t.integer :song_number
    end
  end
end
`,
  },
});
