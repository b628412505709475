// Completes the form that was put around a page without one, as Amazon's requester site did.
(() => {
  "use strict";
  const form = document.getElementById("mturk_form");
  const button = [...document.querySelectorAll("#submitButton")].pop();
  const assignment = new URLSearchParams(location.search).get("assignmentId") || "";
  for (const each of document.querySelectorAll("[name=assignmentId]")) {
    each.value = assignment;
  }
  if (assignment === "ASSIGNMENT_ID_NOT_AVAILABLE") {
    button.disabled = true;
    button.value = "You must ACCEPT the HIT before you can submit the results.";
  }
  // What stands outside all the same: the page ended the form, or made fields elsewhere.
  const join = () => {
    for (const each of document.querySelectorAll("input, select, textarea, button")) {
      if (!each.form) {
        each.setAttribute("form", form.id);
      }
    }
  };
  join();
  window.addEventListener("load", join);
  window.addEventListener("click", join, true);
  form.addEventListener("submit", join);
})();
