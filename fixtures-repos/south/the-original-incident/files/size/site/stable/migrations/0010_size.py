# -*- coding: utf-8 -*-
from south.db import db
from south.v2 import SchemaMigration


class Migration(SchemaMigration):

    def forwards(self, orm):
        db.add_column('stable_unicorn', 'size',
                      self.gf('django.db.models.fields.IntegerField')(null=True),
                      keep_default=False)

    def backwards(self, orm):
        db.delete_column('stable_unicorn', 'size')

    models = {
        'stable.oldglitter': {
            'Meta': {'object_name': 'Oldglitter'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'colour': ('django.db.models.fields.CharField', [], {'max_length': '20'}),
        },
        'stable.unicorn': {
            'Meta': {'object_name': 'Unicorn'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'name': ('django.db.models.fields.CharField', [], {'max_length': '50'}),
            'size': ('django.db.models.fields.IntegerField', [], {'null': 'True'}),
        },
    }

    complete_apps = ['stable']
