from django.db import migrations, models


def shout(apps, schema_editor):
    Unicorn = apps.get_model("unicorn_stable", "Unicorn")
    for unicorn in Unicorn.objects.all():
        unicorn.name = unicorn.name.upper()
        unicorn.save()


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0001_unicorn")]

    operations = [
        migrations.RunPython(shout),
    ]
