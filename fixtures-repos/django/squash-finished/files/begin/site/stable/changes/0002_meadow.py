from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0001_unicorn")]

    operations = [
        migrations.CreateModel(
            "Meadow",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=50)),
                ("unicorn", models.ForeignKey("unicorn_stable.Unicorn", models.CASCADE, null=True)),
            ],
            options={"db_table": "green_meadows"},
        ),
    ]
