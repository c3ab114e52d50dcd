/** Sparkles and Rainbows with the real South, which takes everything after a target along, and stops at every row without a file. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'south',
  ids: ['stable.0001_unicorn', 'stable.0002_meadow', 'stable.0003_glitter', 'stable.0004_race', 'stable.0005_prize'],
  third: 'site/stable/changes/0003_glitter.py',
  ours: () => true,
  column: 'migration',
  rowsAfter: ['0001_unicorn', '0002_meadow', '0004_race', '0005_prize'],
  needsThird: false,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM stable_unicorn ORDER BY id',
    'SELECT * FROM stable_meadow ORDER BY id',
    'SELECT * FROM stable_race ORDER BY id',
    'SELECT * FROM stable_prize ORDER BY id',
    'SELECT * FROM django_content_type ORDER BY id',
  ],
  sixth: {
    id: 'stable.0006_song',
    path: 'site/stable/changes/0006_song.py',
    text: `# -*- coding: utf-8 -*-
from south.db import db
from south.v2 import SchemaMigration


class Migration(SchemaMigration):

    def forwards(self, orm):
        db.create_table('stable_song', (
            ('id', self.gf('django.db.models.fields.AutoField')(primary_key=True)),
            ('title', self.gf('django.db.models.fields.CharField')(max_length=20)),
        ))
        db.send_create_signal('stable', ['Song'])

    def backwards(self, orm):
        db.delete_table('stable_song')

    models = {
        'stable.meadow': {
            'Meta': {'object_name': 'Meadow'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'name': ('django.db.models.fields.CharField', [], {'max_length': '50'}),
        },
        'stable.race': {
            'Meta': {'object_name': 'Race'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'meadow': ('django.db.models.fields.IntegerField', [], {}),
        },
        'stable.song': {
            'Meta': {'object_name': 'Song'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'title': ('django.db.models.fields.CharField', [], {'max_length': '20'}),
        },
        'stable.unicorn': {
            'Meta': {'object_name': 'Unicorn'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'name': ('django.db.models.fields.CharField', [], {'max_length': '50'}),
            'speed': ('django.db.models.fields.IntegerField', [], {'null': 'True'}),
        },
    }

    complete_apps = ['stable']
`,
  },
});
