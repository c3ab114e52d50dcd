/** Sparkles and Rainbows with Play's real evolutions, whose rows hold the down script: the third migration is the newest here, as Play takes no gaps. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'play',
  ids: ['shop/1', 'shop/2', 'shop/5', 'shop/3', 'shop/4'],
  third: 'services/shop/conf/changes/shop/05.sql',
  ours: () => true,
  column: 'id',
  rowsAfter: ['1', '2', '3', '4'],
  needsThird: true,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  everywhere: false,
  // Play leaves out every number above a gap, so nothing stays on top of the third; a text that git lost, or that was edited, is in the row (hazards-play).
  variations: ['kept there'],
  sixth: {
    id: 'shop/6',
    path: 'services/shop/conf/changes/shop/6.sql',
    text: '-- !Ups\nCREATE TABLE songs (id INTEGER PRIMARY KEY);\n-- !Downs\nDROP TABLE songs;\n',
  },
});
