from __future__ import annotations

from django.db import migrations, models

from winloss.web.audit import triggers


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AlterField(model_name="event", name="before", field=models.CharField(max_length=64, unique=True)),
        migrations.AddIndex(model_name="event", index=models.Index(fields=["actor", "-id"], name="audit_event_actor")),
        migrations.AddIndex(
            model_name="event", index=models.Index(fields=["action", "-id"], name="audit_event_action")
        ),
        migrations.RunPython(
            lambda _apps, editor: triggers.make(editor.connection),
            lambda _apps, editor: triggers.drop(editor.connection),
        ),
    ]
