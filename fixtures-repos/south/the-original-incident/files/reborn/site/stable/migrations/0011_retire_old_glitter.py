# -*- coding: utf-8 -*-
from south.db import db
from south.v2 import SchemaMigration


class Migration(SchemaMigration):

    def forwards(self, orm):
        db.delete_table('stable_oldglitter')

        db.add_column('stable_unicorn', 'glitter',
                      self.gf('django.db.models.fields.CharField')(max_length=20, null=True),
                      keep_default=False)

    def backwards(self, orm):
        db.delete_column('stable_unicorn', 'glitter')

        db.create_table('stable_oldglitter', (
            ('id', self.gf('django.db.models.fields.AutoField')(primary_key=True)),
            ('colour', self.gf('django.db.models.fields.CharField')(max_length=20)),
        ))
        db.send_create_signal('stable', ['Oldglitter'])

    models = {
        'stable.unicorn': {
            'Meta': {'object_name': 'Unicorn'},
            'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'}),
            'glitter': ('django.db.models.fields.CharField', [], {'max_length': '20', 'null': 'True'}),
            'name': ('django.db.models.fields.CharField', [], {'max_length': '50'}),
            'size': ('django.db.models.fields.IntegerField', [], {'null': 'True'}),
        },
    }

    complete_apps = ['stable']
