from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0002_meadow")]

    operations = [
        migrations.AddField("unicorn", "glitter", models.CharField(max_length=20, unique=True, null=True)),
        migrations.CreateModel(
            "GlitterSort",
            [("id", models.BigAutoField(primary_key=True)), ("colour", models.CharField(max_length=20))],
        ),
    ]
