# -*- coding: utf-8 -*-
from south.db import db
from south.v2 import SchemaMigration


class Migration(SchemaMigration):

    def forwards(self, orm):
        db.create_table('stable_unicorn', (
            ('id', self.gf('django.db.models.fields.AutoField')(primary_key=True)),
            ('name', self.gf('django.db.models.fields.CharField')(max_length=50)),
        ))
        db.send_create_signal('stable', ['Unicorn'])

        db.create_table('stable_oldglitter', (
            ('id', self.gf('django.db.models.fields.AutoField')(primary_key=True)),
            ('colour', self.gf('django.db.models.fields.CharField')(max_length=20)),
        ))
        db.send_create_signal('stable', ['Oldglitter'])

    def backwards(self, orm):
        db.delete_table('stable_oldglitter')

        db.delete_table('stable_unicorn')

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
        },
    }

    complete_apps = ['stable']
