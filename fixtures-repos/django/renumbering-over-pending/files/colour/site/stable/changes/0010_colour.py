from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0009_unicorn")]

    operations = [
        migrations.AddField("unicorn", "colour", models.CharField(max_length=20, null=True)),
    ]
