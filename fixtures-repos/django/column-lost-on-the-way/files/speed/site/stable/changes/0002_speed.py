from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0001_unicorn")]

    operations = [
        migrations.AddField("unicorn", "speed", models.IntegerField(default=10)),
    ]
