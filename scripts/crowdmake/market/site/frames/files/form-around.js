// Sends the fields of a page without a form, which Amazon's requester site put one around.
(() => {
  "use strict";
  const add = () => {
    if (document.forms.length > 0 || document.querySelector("crowd-form")) {
      return;
    }
    const asked = new URLSearchParams(location.search);
    const assignment = asked.get("assignmentId") || "";
    const form = document.createElement("form");
    form.id = form.name = "mturk_form";
    form.method = "post";
    form.action = `${asked.get("turkSubmitTo") || ""}/mturk/externalSubmit`;
    const field = document.createElement("input");
    field.type = "hidden";
    field.id = field.name = "assignmentId";
    field.value = assignment;
    const button = document.createElement("button");
    button.id = "submitButton";
    button.textContent = "Submit";
    if (assignment === "ASSIGNMENT_ID_NOT_AVAILABLE") {
      button.disabled = true;
      button.textContent = "You must ACCEPT the HIT before you can submit the results.";
    }
    form.append(field, button);
    document.body.append(form);
    // A page may make its fields at any time before they are sent.
    const join = () => {
      for (const each of document.querySelectorAll("input, select, textarea, button")) {
        if (!each.form) {
          each.setAttribute("form", form.id);
        }
      }
    };
    button.addEventListener("click", join);
    form.addEventListener("submit", join);
  };
  if (document.readyState === "complete") {
    add();
  } else {
    window.addEventListener("load", add);
  }
})();
