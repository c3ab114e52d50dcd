from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0003_glitter")]

    operations = [
        migrations.AddField("glittersort", "shine", models.IntegerField(default=1)),
    ]
