// Crowd HTML Elements as plain, accessible HTML, for pages that load Amazon's file of this name.
// What the elements take and answer: docs.aws.amazon.com/sagemaker/latest/dg/sms-ui-template-reference.html
(() => {
  "use strict";
  const asked = new URLSearchParams(location.search);
  const assignment = asked.get("assignmentId") || "";
  const isPreview = assignment === "ASSIGNMENT_ID_NOT_AVAILABLE";
  let made = 0;

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) {
        node.setAttribute(name, value === true ? "" : value);
      }
    }
    node.append(...children);
    return node;
  };
  const parsed = (action) => {
    if (document.readyState === "loading") {
      document.addEventListener("DOMContentLoaded", action, { once: true });
    } else {
      action();
    }
  };
  // A list of JSON, or such as ['a', 'b'].
  const listed = (text) => {
    try {
      const found = JSON.parse(text);
      if (Array.isArray(found)) {
        return found.map(String);
      }
    } catch {
      // In single quotes.
    }
    const strings = (text || "").match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g) || [];
    return strings.map((each) => each.slice(1, -1).replace(/\\(.)/g, "$1"));
  };
  const has = (node, name) => node.hasAttribute(name) && node.getAttribute(name) !== "false";

  // An element of Amazon's around controls of HTML's own.
  class Element extends HTMLElement {
    static observedAttributes = ["checked", "disabled", "required"];

    // Scripts set attributes and properties alike, before an element is built and after.
    attributeChangedCallback(name) {
      if (this.field) {
        this.field[name] = has(this, name);
      }
    }

    connectedCallback() {
      if (!this.isBuilt) {
        this.isBuilt = true;
        if (this.constructor.holdsContent) {
          parsed(() => this.build());
        } else {
          this.build();
        }
      }
    }

    build() {}

    // Takes the content out, so that it can be put where it belongs.
    content() {
      return [...this.childNodes];
    }

    // A control of HTML's own that is no field of the page's form by itself.
    control(tag, attributes) {
      this.field = make(tag, { "data-crowd": true, ...attributes });
      return this.field;
    }

    click() {
      if (this.field) {
        this.field.click();
      } else {
        super.click();
      }
    }

    focus() {
      if (this.field) {
        this.field.focus();
      } else {
        super.focus();
      }
    }

    get disabled() {
      return has(this, "disabled");
    }

    set disabled(value) {
      this.mark("disabled", value);
    }

    get required() {
      return has(this, "required");
    }

    set required(value) {
      this.mark("required", value);
    }

    mark(name, value) {
      if (value) {
        this.setAttribute(name, "");
      } else {
        this.removeAttribute(name);
      }
    }
  }
  for (const name of ["name", "label", "placeholder", "type", "min", "max", "step", "header", "src", "categories"]) {
    Object.defineProperty(Element.prototype, name, {
      get() {
        return this.getAttribute(name);
      },
      set(value) {
        this.setAttribute(name, Array.isArray(value) ? JSON.stringify(value) : value);
      },
    });
  }
  class Holder extends Element {}
  Holder.holdsContent = true;

  class Valued extends Element {
    get value() {
      return this.field ? this.field.value : this.getAttribute("value");
    }

    set value(value) {
      if (this.field) {
        this.field.value = value;
      } else {
        this.setAttribute("value", value);
      }
    }

    static observedAttributes = [...Element.observedAttributes, "value"];

    attributeChangedCallback(name) {
      if (name !== "value") {
        super.attributeChangedCallback(name);
      } else if (this.field) {
        this.value = this.getAttribute("value");
      }
    }

    answers() {
      return this.value;
    }

    labelled(tag, attributes) {
      const label = this.getAttribute("label");
      const field = this.control(tag, {
        placeholder: this.getAttribute("placeholder"), required: has(this, "required"),
        disabled: has(this, "disabled"), maxlength: this.getAttribute("max-length"),
        minlength: this.getAttribute("min-length"),
        "aria-label": label ? null : this.getAttribute("placeholder") || this.name, ...attributes,
      });
      field.id = `crowd-${(made += 1)}`;
      this.append(...(label ? [make("label", { for: field.id }, label)] : []), field);
      return field;
    }
  }
  class Input extends Valued {
    build() {
      const pattern = this.getAttribute("allowed-pattern");
      const field = this.labelled("input", {
        type: this.getAttribute("type") || "text", min: this.getAttribute("min"), max: this.getAttribute("max"),
        step: this.getAttribute("step"), pattern: pattern && `${pattern}*`, title: this.getAttribute("error-message"),
      });
      field.value = this.getAttribute("value") || "";
    }

    // What was left empty is left out.
    answers() {
      return this.value || undefined;
    }
  }
  class TextArea extends Valued {
    build() {
      const field = this.labelled("textarea", { rows: this.getAttribute("rows") || 3 });
      field.value = this.getAttribute("value") || "";
    }
  }
  class Slider extends Valued {
    build() {
      const field = this.labelled("input", {
        type: "range", min: this.getAttribute("min") || 0, max: this.getAttribute("max") || 100,
        step: this.getAttribute("step") || 1,
      });
      field.value = this.getAttribute("value") || field.min;
      const shown = make("output", { for: field.id }, field.value);
      field.addEventListener("input", () => {
        shown.textContent = field.value;
      });
      this.append(shown);
    }

    answers() {
      return Number(this.value);
    }
  }

  class Checkbox extends Holder {
    build() {
      const content = this.content();
      const attributes = { required: has(this, "required"), disabled: has(this, "disabled") };
      const field = this.control("input", { type: this.kind, name: this.group(), ...attributes });
      field.checked = has(this, "checked");
      if (this.tagName === "CROWD-TOGGLE-BUTTON") {
        field.setAttribute("role", "switch");
      }
      this.append(make("label", {}, field, " ", ...content));
    }

    get kind() {
      return "checkbox";
    }

    group() {
      return null;
    }

    get value() {
      return this.getAttribute("value") || "on";
    }

    set value(value) {
      this.setAttribute("value", value);
    }

    get checked() {
      return this.field ? this.field.checked : has(this, "checked");
    }

    set checked(value) {
      if (this.field) {
        this.field.checked = value;
      } else {
        this.mark("checked", value);
      }
    }

    answers() {
      return { [this.value]: this.checked };
    }
  }
  class RadioButton extends Checkbox {
    get kind() {
      return "radio";
    }

    // Of a group one is chosen, whatever their names are.
    group() {
      const around = this.closest("crowd-radio-group");
      if (!around) {
        return `crowd-${this.name}`;
      }
      around.dataset.group = around.dataset.group || `crowd-group-${(made += 1)}`;
      return around.dataset.group;
    }
  }
  class RadioGroup extends Holder {
    build() {
      this.setAttribute("role", "radiogroup");
    }
  }

  class Classifier extends Holder {
    build() {
      const isMany = this.tagName.endsWith("-MULTI-SELECT");
      const source = this.getAttribute("src");
      const group = `crowd-group-${(made += 1)}`;
      const none = /text\s*:\s*(['"])(.*)\1/.exec(this.getAttribute("exclusion-category") || "");
      this.names = [...listed(this.getAttribute("categories")), ...(none ? [none[2]] : [])];
      this.options = this.names.map((text) => make("input", {
        "data-crowd": true, type: isMany ? "checkbox" : "radio", name: group, value: text, required: !isMany,
      }));
      const legend = make("legend", {}, this.getAttribute("header") || "Choose");
      const choices = this.options.map((option) => make("label", { class: "crowd-choice" }, option, " ", option.value));
      const image = source ? [make("img", { src: source, alt: "What is to be classified" })] : [];
      this.append(...image, make("fieldset", {}, legend, ...choices));
      this.isMany = isMany;
      this.validate();
      this.addEventListener("change", () => this.validate());
    }

    validate() {
      const missing = this.isMany && !this.options.some((option) => option.checked);
      this.options[0]?.setCustomValidity(missing ? "Choose at least one." : "");
    }

    get value() {
      return this.options && this.answers();
    }

    answers() {
      const chosen = this.options.filter((option) => option.checked).map((option) => option.value);
      return this.isMany ? { labels: chosen } : { label: chosen[0] };
    }
  }

  // A tool that draws: what it shows is shown, and that it is missing is said.
  class Missing extends Holder {
    build() {
      const source = this.getAttribute("src");
      const words = `This market has no ${this.localName} tool. Return the HIT, and tell its requester.`;
      this.prepend(make("p", { role: "alert" }, words), this.getAttribute("header") || "");
      if (source) {
        this.append(make("img", { src: source, alt: "What is to be marked" }));
      }
    }
  }

  class Button extends Holder {
    build() {
      const href = this.getAttribute("href");
      const label = this.getAttribute("label") || this.getAttribute("icon");
      const content = this.content();
      const types = { submit: "submit", reset: "reset" };
      const inside = content.some((node) => node.textContent.trim()) ? content : [label || "Button"];
      const field = href
        ? make("a", { href, target: this.getAttribute("target") || "_blank", rel: "noopener" }, ...inside)
        : make("button", { type: types[this.getAttribute("form-action")] || "button", disabled: has(this, "disabled") }, ...inside);
      this.field = field;
      this.append(field);
    }
  }
  class Instructions extends Holder {
    build() {
      const details = make("details", { open: this.localName === "short-instructions" });
      const words = this.getAttribute("link-text") || this.getAttribute("header");
      details.append(make("summary", {}, words || "Instructions"), ...this.content());
      this.append(details);
    }
  }
  class Headed extends Holder {
    build() {
      const heading = this.getAttribute("header") || this.getAttribute("heading");
      const image = this.getAttribute("image");
      this.prepend(
        ...(heading ? [make("h3", {}, heading)] : []), ...(image ? [make("img", { src: image, alt: heading || "" })] : []),
      );
    }
  }
  class Said extends Holder {
    build() {
      this.setAttribute("role", this.getAttribute("type") === "error" ? "alert" : "status");
      if (!this.textContent.trim()) {
        this.append(this.getAttribute("text") || this.getAttribute("label") || "");
      }
    }
  }
  class Example extends Holder {
    build() {
      this.prepend(make("h4", {}, this.localName === "negative-example" ? "Bad example" : "Good example"));
    }
  }
  class Modal extends Holder {
    build() {
      const close = make("button", { type: "button" }, "Close");
      const opener = make("button", { type: "button" }, this.getAttribute("link-text") || "Click to open modal");
      close.addEventListener("click", () => this.close());
      opener.addEventListener("click", () => this.open());
      this.dialog = make("dialog", {}, ...this.content(), close);
      this.append(opener, this.dialog);
      if (has(this, "open")) {
        this.open();
      }
    }

    open() {
      this.dialog.showModal();
    }

    close() {
      this.dialog.close();
    }
  }
  class Line extends Element {
    build() {
      this.append(make("hr"));
    }
  }

  const native = (field) => {
    if (field.type === "checkbox" || field.type === "radio") {
      return { [field.value]: field.checked };
    }
    return field.type === "select-multiple" ? [...field.selectedOptions].map((one) => one.value) : field.value;
  };
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const flat = (value, name, found) => {
    if (isObject(value)) {
      Object.entries(value).forEach(([key, each]) => flat(each, name ? `${name}.${key}` : key, found));
    } else {
      found.push([name, typeof value === "string" ? value : JSON.stringify(value)]);
    }
    return found;
  };

  class Form extends Holder {
    build() {
      this.form = make("form", { method: "post", "data-crowd": true }, ...this.content());
      this.append(this.form);
      const buttons = "crowd-button[form-action=submit], button[type=submit], input[type=submit]";
      if (!this.form.querySelector(buttons)) {
        this.form.append(make("crowd-button", { "form-action": "submit", "data-added": true }, "Submit"));
      }
      if (isPreview) {
        setTimeout(() => this.close());
      }
      // After the page's own handlers, which may have refused.
      window.addEventListener("submit", (event) => {
        if (event.target === this.form && !event.defaultPrevented) {
          event.preventDefault();
          this.send();
        }
      });
    }

    close() {
      for (const each of this.form.querySelectorAll("[type=submit]")) {
        each.disabled = true;
      }
      this.form.append(make("p", { role: "status" }, "You must ACCEPT the HIT before you can submit the results."));
    }

    submit() {
      this.form.requestSubmit();
    }

    collected() {
      const found = {};
      for (const each of this.querySelectorAll("*")) {
        const isNative = /^(input|select|textarea)$/.test(each.localName) && !("crowd" in each.dataset);
        if (each.getAttribute("name") && (each.answers || isNative)) {
          const value = each.answers ? each.answers() : native(each);
          const name = each.getAttribute("name");
          if (value === undefined) {
            continue;
          }
          found[name] = isObject(value) && isObject(found[name]) ? { ...found[name], ...value } : value;
        }
      }
      return found;
    }

    send() {
      const answers = this.collected();
      const isFlat = this.getAttribute("answer-format") === "flatten-objects";
      const fields = isFlat ? flat(answers, "", []) : [["taskAnswers", JSON.stringify([answers])]];
      const sent = make("form", { method: "post", action: `${asked.get("turkSubmitTo") || ""}/mturk/externalSubmit`, hidden: true });
      for (const [name, value] of [["assignmentId", assignment], ...fields]) {
        const field = make("textarea", { name });
        field.value = value;
        sent.append(field);
      }
      document.body.append(sent);
      HTMLFormElement.prototype.submit.call(sent);
    }
  }

  const elements = {
    "crowd-form": Form, "crowd-input": Input, "crowd-text-area": TextArea, "crowd-slider": Slider,
    "crowd-checkbox": Checkbox, "crowd-toggle-button": class extends Checkbox {}, "crowd-radio-button": RadioButton,
    "crowd-radio-group": RadioGroup, "crowd-button": Button, "crowd-icon-button": class extends Button {},
    "crowd-fab": class extends Button {}, "crowd-instructions": Instructions,
    "short-instructions": class extends Instructions {}, "full-instructions": class extends Instructions {},
    "crowd-card": Headed, "crowd-tab": class extends Headed {}, "crowd-alert": Said,
    "crowd-toast": class extends Said {}, "crowd-badge": class extends Said {}, "crowd-modal": Modal, "crowd-line": Line,
    "positive-example": Example, "negative-example": class extends Example {},
  };
  ["", "-image"].forEach((image) => ["", "-multi-select"].forEach((many) => {
    elements[`crowd${image}-classifier${many}`] = class extends Classifier {};
  }));
  for (const tool of ["bounding-box", "keypoint", "polygon", "polyline", "semantic-segmentation", "instance-segmentation", "entity-annotation"]) {
    elements[`crowd-${tool}`] = class extends Missing {};
  }

  const style = make("style", {}, `
    crowd-form, crowd-input, crowd-text-area, crowd-checkbox, crowd-radio-button, crowd-radio-group, crowd-slider,
    crowd-card, crowd-tab, crowd-alert, crowd-toast, classification-target, .crowd-choice { display: block; }
    crowd-form { font: 1rem/1.5 system-ui, sans-serif; }
    crowd-form label { padding: .25rem 0; }
    crowd-input input, crowd-text-area textarea { display: block; box-sizing: border-box; width: 100%; font: inherit; padding: .4rem; }
    crowd-form button { font: inherit; padding: .5rem 1.25rem; margin: .5rem 0; }
    crowd-form img { max-width: 100%; }
    crowd-form fieldset { margin: 1rem 0; }`);
  document.head.append(style);
  for (const [name, element] of Object.entries(elements)) {
    customElements.define(name, element);
  }
  // After the page's own handlers, of which jQuery's newer ones are a task behind.
  const ready = () => document.dispatchEvent(new CustomEvent("all-crowd-elements-ready", { bubbles: true }));
  parsed(() => setTimeout(() => setTimeout(ready)));
})();
