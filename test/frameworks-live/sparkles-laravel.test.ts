/** Sparkles and Rainbows with the real Laravel, which passes over a missing file and calls that a success. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'laravel',
  ids: [
    '2024_01_01_090000_create_unicorns',
    '2024_01_02_090000_create_meadows',
    '2024_01_03_090000_create_glitter',
    '2024_01_04_090000_create_races',
    '2024_01_05_090000_create_prizes',
  ],
  third: 'site/database/migrations/2024_01_03_090000_create_glitter.php',
  ours: () => true,
  column: 'migration',
  rowsAfter: [
    '2024_01_01_090000_create_unicorns',
    '2024_01_02_090000_create_meadows',
    '2024_01_04_090000_create_races',
    '2024_01_05_090000_create_prizes',
  ],
  needsThird: false,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  // The column is dropped by `DB::statement`, whose SQL is not read.
  unannounced: true,
  sixth: {
    id: '2024_01_06_090000_create_songs',
    path: 'site/database/migrations/2024_01_06_090000_create_songs.php',
    text: `<?php

use Illuminate\\Database\\Migrations\\Migration;
use Illuminate\\Database\\Schema\\Blueprint;
use Illuminate\\Support\\Facades\\Schema;

return new class extends Migration
{
    public function up()
    {
        Schema::create('songs', function (Blueprint $table) {
            $table->id();
            $table->string('song_title', 20);
            $table->string('song_key', 20);
            $table->integer('song_length');
            $table->integer('song_number');
        });
    }

    public function down()
    {
        Schema::dropIfExists('songs');
    }
};
`,
  },
});
