from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0004_race")]

    operations = [
        migrations.CreateModel(
            "Prize",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("race", models.ForeignKey("unicorn_stable.Race", models.CASCADE)),
                ("what", models.CharField(max_length=50, db_index=True)),
            ],
        ),
    ]
