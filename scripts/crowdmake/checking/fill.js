// Fills in every field that a worker could, as a hurried worker would.
(() => {
  "use strict";
  const usable = (node) => !node.disabled && !node.readOnly && node.getClientRects().length > 0;
  const told = (node) => ["input", "change"].forEach((name) => {
    node.dispatchEvent(new Event(name, { bubbles: true }));
  });
  const texts = {
    color: "#336699", date: "2026-01-31", "datetime-local": "2026-01-31T12:00", email: "worker@example.com",
    month: "2026-01", tel: "5550100", time: "12:00", url: "https://example.com/", week: "2026-W05",
  };
  const bounded = (node) => {
    const number = Number(node.min || 1);
    return String(node.max !== "" && number > Number(node.max) ? node.max : number);
  };
  const written = (node) => {
    const text = texts[node.type] || "robot";
    const long = text.padEnd(Math.max(node.minLength, 0), "x");
    return node.maxLength > 0 ? long.slice(0, node.maxLength) : long;
  };
  const chosen = new Set();
  for (const node of document.querySelectorAll("input, select, textarea")) {
    if (!usable(node)) {
      continue;
    }
    if (node.type === "radio") {
      if (!chosen.has(node.name)) {
        chosen.add(node.name);
        node.click();
      }
    } else if (node.type === "checkbox") {
      if (!node.checked) {
        node.click();
      }
    } else if (node.tagName === "SELECT") {
      const option = [...node.options].find((one) => one.value && !one.disabled);
      if (option) {
        option.selected = true;
        told(node);
      }
    } else if (node.type === "number" || node.type === "range") {
      node.value = bounded(node);
      told(node);
    } else if (!["button", "file", "image", "reset", "submit"].includes(node.type) && !node.value) {
      node.value = written(node);
      told(node);
    }
  }
})();
