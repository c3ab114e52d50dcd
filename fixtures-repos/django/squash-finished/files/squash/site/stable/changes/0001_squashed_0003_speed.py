from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("unicorn_stable", "0001_unicorn"), ("unicorn_stable", "0002_meadow"), ("unicorn_stable", "0003_speed")]
    dependencies = []

    operations = [
        migrations.CreateModel(
            "Unicorn",
            [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))],
        ),
        migrations.CreateModel(
            "Meadow",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=50)),
                ("unicorn", models.ForeignKey("unicorn_stable.Unicorn", models.CASCADE, null=True)),
            ],
            options={"db_table": "green_meadows"},
        ),
        migrations.AddField("unicorn", "speed", models.CharField(max_length=20, null=True)),
    ]
