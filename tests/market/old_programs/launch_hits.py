"""One HIT per line of JSON, with a page, qualification requirements and a file of ids."""

import json
from pathlib import Path

from old import connect, lines, options, say

SCHEMA = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
)
QUESTION = """<HTMLQuestion xmlns="{schema}">
<HTMLContent><![CDATA[{page}]]></HTMLContent><FrameHeight>{height}</FrameHeight>
</HTMLQuestion>"""

given = options("html_template", "hit_properties_file", "input_json_file", "hit_ids_file")
mturk = connect(given)
properties = json.loads(Path(given.hit_properties_file).read_text())
height = properties.pop("FrameHeight")
properties["Reward"] = str(properties["Reward"])
properties["QualificationRequirements"] = [
    {
        "QualificationTypeId": "00000000000000000071",
        "Comparator": "In",
        "LocaleValues": [{"Country": each} for each in properties.pop("Country")],
    },
    {
        "QualificationTypeId": "00000000000000000040",
        "Comparator": "GreaterThan",
        "IntegerValues": [properties.pop("HitsApproved")],
    },
    {
        "QualificationTypeId": "000000000000000000L0",
        "Comparator": "GreaterThan",
        "IntegerValues": [properties.pop("PercentApproved")],
    },
]
page = Path(given.html_template).read_text()
with Path(given.hit_ids_file).open("w") as ids:
    for line in lines(given.input_json_file):
        filled = page.replace("{{ input }}", json.dumps(json.loads(line)))
        question = QUESTION.format(schema=SCHEMA, page=filled, height=height)
        hit = mturk.create_hit(Question=question, **properties)["HIT"]
        ids.write(hit["HITId"] + "\n")
        say(f"Launched HIT ID: {hit['HITId']}")
