# -*- coding: utf-8 -*-
from south.db import db
from south.v2 import SchemaMigration


class Migration(SchemaMigration):

    def forwards(self, orm):
        db.add_column('stable_unicorn', 'glitter',
                      self.gf('django.db.models.fields.CharField')(max_length=20, null=True),
                      keep_default=False)

        db.create_table('stable_sort', (
            ('id', self.gf('django.db.models.fields.AutoField')(primary_key=True)),
            ('colour', self.gf('django.db.models.fields.CharField')(max_length=20)),
        ))
        db.send_create_signal('stable', ['Sort'])

    def backwards(self, orm):
        db.delete_column('stable_unicorn', 'glitter')

        db.delete_table('stable_sort')

    models = {
        'stable.meadow': {
            'Meta': {'object_name': 'Meadow'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'name': ('django.db.models.fields.CharField', [], {'max_length': '50'}),
        },
        'stable.sort': {
            'Meta': {'object_name': 'Sort'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'colour': ('django.db.models.fields.CharField', [], {'max_length': '20'}),
        },
        'stable.unicorn': {
            'Meta': {'object_name': 'Unicorn'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'glitter': ('django.db.models.fields.CharField', [], {'max_length': '20', 'null': 'True'}),
            'name': ('django.db.models.fields.CharField', [], {'max_length': '50'}),
        },
    }

    complete_apps = ['stable']
