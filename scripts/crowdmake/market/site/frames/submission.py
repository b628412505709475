"""`/mturk/externalSubmit`: where pages send answers, and who gets them.

The page that answers hands the fields to the site's page around it, which knows whose assignment
it shows. Nothing is written here, and no session is looked at. The words are those of the
service: github.com/mhenrixon/turkee issue 34, github.com/jspsych/jsPsych pull request 668.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from crowdmake.market.site.frames import links, policy, posted

PROBLEM = "There was a problem submitting your results for this HIT."
PREVIEWED = f"{PROBLEM} You are previewing it: accept the HIT before you submit your answers."
UNASSIGNED = f"{PROBLEM} Its page did not say which assignment it is: assignmentId was missing."
EMPTY = "The HIT was not submitted correctly: its page sent no answer beside assignmentId."
UNREADABLE = f"{PROBLEM} Its page sent something that is no form."


@csrf_exempt
def external_submit(request: Any) -> HttpResponse:
    """Hand on the fields of a form, in their order, or say why there is nothing to hand on."""
    try:
        fields = posted.fields(request)
    except posted.Unreadable:
        fields, problem = [], UNREADABLE
    else:
        problem = _problem(fields)
    handed_on = [] if problem else [{"fields": fields, "site": request.place.site}]
    context = {"problem": problem, "handed_on": handed_on}
    response = render(request, "frames/submitted.html", context, status=400 if problem else 200)
    for name, value in policy.echo_headers(request.place.site).items():
        response[name] = value
    return response


def _problem(fields: list[tuple[str, str]]) -> str:
    """Return why the fields are no answer; "" if they are one."""
    assignments = [value for name, value in fields if name == "assignmentId"]
    if not any(assignments):
        return UNASSIGNED
    if links.NOT_ACCEPTED in assignments:
        return PREVIEWED
    return EMPTY if len(assignments) == len(fields) else ""
