# -*- coding: utf-8 -*-
from south.db import db
from south.v2 import SchemaMigration


class Migration(SchemaMigration):

    def forwards(self, orm):
        db.add_column('stable_unicorn', 'speed',
                      self.gf('django.db.models.fields.IntegerField')(null=True),
                      keep_default=False)

        db.create_table('stable_race', (
            ('id', self.gf('django.db.models.fields.AutoField')(primary_key=True)),
            ('meadow', self.gf('django.db.models.fields.IntegerField')()),
        ))
        db.send_create_signal('stable', ['Race'])

    def backwards(self, orm):
        db.delete_column('stable_unicorn', 'speed')

        db.delete_table('stable_race')

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
        'stable.unicorn': {
            'Meta': {'object_name': 'Unicorn'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'name': ('django.db.models.fields.CharField', [], {'max_length': '50'}),
            'speed': ('django.db.models.fields.IntegerField', [], {'null': 'True'}),
        },
    }

    complete_apps = ['stable']
