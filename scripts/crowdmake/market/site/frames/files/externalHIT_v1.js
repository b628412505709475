// What pages call that load Amazon's externalHIT_v1.js.
(function () {
  "use strict";

  // The first value of a parameter of the page's address; otherwise what is given for its absence.
  window.turkGetParam = function (name, otherwise) {
    var found = new RegExp("[?&]" + name.replace(/[^\w]/g, "\\$&") + "=([^&#]*)").exec(location.href);
    if (!found) {
      return otherwise;
    }
    try {
      return decodeURIComponent(found[1].replace(/\+/g, " "));
    } catch (error) {
      return found[1];
    }
  };

  // Where answers are sent to.
  window.turkGetSubmitToHost = function () {
    var host = turkGetParam("turkSubmitTo", "");
    return /^(https?:)?\/\//i.test(host) ? host : "https://www.mturk.com";
  };

  // Prepares a form: it is sent for the assignment, or cannot be sent in a preview.
  window.turkSetAssignmentID = function (formName, buttonName) {
    var form = document.getElementById(formName || "mturk_form");
    var button = document.getElementById(buttonName || "submitButton");
    var assignment = turkGetParam("assignmentId", "");
    var field = document.getElementById("assignmentId");
    if (field) {
      field.value = assignment;
    }
    if (assignment === "ASSIGNMENT_ID_NOT_AVAILABLE") {
      if (button) {
        button.disabled = true;
        button[button.tagName === "INPUT" ? "value" : "textContent"] =
          "You must ACCEPT the HIT before you can submit the results.";
      }
    } else if (form) {
      form.action = turkGetSubmitToHost() + "/mturk/externalSubmit";
    }
  };
})();
