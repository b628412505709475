// Holds the answers to a question form against what its requester asks for, and sends them.
(() => {
  "use strict";
  const form = document.getElementById("answers");

  const number = (text) => (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : NaN);

  const wrongText = (field) => {
    const { numeric, low, high, shortest, longest } = field.dataset;
    const text = field.value;
    if (text === "") {
      return field.required ? "An answer is required." : "";
    }
    if (numeric !== undefined) {
      const value = number(text);
      if (Number.isNaN(value) || value < Number(low ?? -Infinity) || value > Number(high ?? Infinity)) {
        return "This is no number of the kind that is asked for.";
      }
    }
    const { length } = [...text];
    if (length < Number(shortest ?? 0) || length > Number(longest ?? Infinity)) {
      return `The answer has ${length} characters.`;
    }
    const formats = [...form.querySelectorAll("[data-format-of]")];
    const missed = formats.find(
      ({ dataset }) => dataset.formatOf === field.id && !new RegExp(dataset.regex, dataset.flags).test(text),
    );
    return missed ? missed.dataset.error : "";
  };

  const wrongFile = (field) => {
    const [file] = field.files;
    if (!file) {
      return field.required ? "A file is required." : "";
    }
    const { smallest, largest } = field.dataset;
    const fits = file.size >= Number(smallest) && file.size <= Number(largest);
    return fits ? "" : `The file has ${file.size} bytes.`;
  };

  const wrongChoice = (group, other) => {
    const options = group.tagName === "SELECT" ? [...group.selectedOptions] : [...group.querySelectorAll(":checked")];
    const chosen = options.filter((one) => one.value !== "").length + (other?.value ? 1 : 0);
    const { least, most, required } = group.dataset;
    if (chosen === 0) {
      return required === undefined ? "" : "An answer is required.";
    }
    return chosen < Number(least) || chosen > Number(most) ? `Choose ${least} to ${most}; ${chosen} are chosen.` : "";
  };

  // Shows what is wrong with a question; returns the field to go to, if there is one.
  const check = (part) => {
    const texts = [...part.querySelectorAll("[data-text]")];
    const group = part.querySelector("[data-least]");
    const file = part.querySelector("[type=file]");
    const problems = texts.map((field) => [field, wrongText(field)]);
    if (group) {
      const first = group.matches("select") ? group : group.querySelector("input");
      problems.unshift([first, wrongChoice(group, texts[0])]);
    }
    if (file) {
      problems.push([file, wrongFile(file)]);
    }
    const [field, words] = problems.find((each) => each[1]) ?? [null, ""];
    part.querySelector("p.wrong").textContent = words;
    problems.forEach(([each, said]) => each.setAttribute("aria-invalid", String(Boolean(said))));
    return field;
  };

  const parts = [...form.querySelectorAll("section.question")];
  form.addEventListener("change", (event) => {
    const part = event.target.closest("section.question");
    if (part && part.querySelector("p.wrong").textContent) {
      check(part);
    }
  });
  form.addEventListener("submit", (event) => {
    const first = parts.map(check).find(Boolean);
    if (first) {
      event.preventDefault();
      first.focus();
    } else if (form.querySelector("[type=file]")) {
      // A file is handed over as it is; a field that was left empty holds one without a name.
      event.preventDefault();
      const fields = [...new FormData(form)].filter(([, value]) => !(value instanceof File && !value.name));
      window.parent.postMessage({ crowdmake: "answers", fields }, form.dataset.site);
    }
  });
})();
