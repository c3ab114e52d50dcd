from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0002_meadow")]

    operations = [
        migrations.AddField("unicorn", "speed", models.IntegerField(null=True)),
        migrations.CreateModel(
            "Race",
            [("id", models.BigAutoField(primary_key=True)), ("meadow", models.ForeignKey("unicorn_stable.Meadow", models.CASCADE))],
        ),
    ]
