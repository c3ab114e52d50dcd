/** Sparkles and Rainbows with the real Django, in whose trap other migrations' columns must survive. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'django',
  everywhere: ['one on top'],
  ids: [
    'unicorn_stable.0001_unicorn',
    'unicorn_stable.0002_meadow',
    'unicorn_stable.0003_glitter',
    'unicorn_stable.0004_race',
    'unicorn_stable.0005_prize',
  ],
  third: 'site/stable/changes/0003_glitter.py',
  ours: id => id.startsWith('unicorn_stable.') || /^000\d_(unicorn|meadow|glitter|race|prize)$/.test(id),
  column: 'name',
  rowsAfter: ['0001_unicorn', '0002_meadow', '0004_race', '0005_prize'],
  needsThird: false,
  untouched: [
    'SELECT id, name, speed FROM unicorn_stable_unicorn ORDER BY id',
    'SELECT * FROM green_meadows ORDER BY id',
    'SELECT * FROM unicorn_stable_race ORDER BY id',
    'SELECT * FROM unicorn_stable_prize ORDER BY id',
    "SELECT * FROM django_migrations WHERE app <> 'unicorn_stable' ORDER BY id",
  ],
  sixth: {
    id: 'unicorn_stable.0006_song',
    path: 'site/stable/changes/0006_song.py',
    text: `from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0005_prize")]

    operations = [
        migrations.AddField("unicorn", "song", models.CharField(max_length=20, null=True)),
        migrations.CreateModel("Song", [("id", models.BigAutoField(primary_key=True))]),
    ]
`,
  },
});
