from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0002_meadow")]

    operations = [
        migrations.AddField("unicorn", "speed", models.CharField(max_length=20, null=True)),
    ]
