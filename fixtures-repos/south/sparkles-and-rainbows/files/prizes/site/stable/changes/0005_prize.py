# -*- coding: utf-8 -*-
from south.db import db
from south.v2 import SchemaMigration


class Migration(SchemaMigration):

    def forwards(self, orm):
        db.create_table('stable_prize', (
            ('id', self.gf('django.db.models.fields.AutoField')(primary_key=True)),
            ('race', self.gf('django.db.models.fields.IntegerField')()),
        ))
        db.send_create_signal('stable', ['Prize'])
        db.create_index('stable_prize', ['race'])

    def backwards(self, orm):
        db.delete_index('stable_prize', ['race'])
        db.delete_table('stable_prize')

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
        'stable.prize': {
            'Meta': {'object_name': 'Prize'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'race': ('django.db.models.fields.IntegerField', [], {}),
        },
        'stable.unicorn': {
            'Meta': {'object_name': 'Unicorn'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'name': ('django.db.models.fields.CharField', [], {'max_length': '50'}),
            'speed': ('django.db.models.fields.IntegerField', [], {'null': 'True'}),
        },
    }

    complete_apps = ['stable']
