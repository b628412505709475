"""HIT types made before `RequiredQualification` was there get their rows."""

from typing import Any

from django.db import migrations


def enter(apps: Any, schema_editor: object) -> None:
    required = apps.get_model("market", "RequiredQualification")
    hit_types = apps.get_model("market", "HITType").objects.exclude(requirements=[])
    for hit_type in hit_types.iterator():
        wanted = {each["QualificationTypeId"] for each in hit_type.requirements}
        for each in sorted(wanted):
            required.objects.get_or_create(hit_type=hit_type, qualification_type_id=each)


class Migration(migrations.Migration):
    dependencies = [("market", "0002_whole_api")]
    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
