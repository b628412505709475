// The page around a HIT: its timer, and its page's answers on their way to the market.
// It runs before the frame is there, so that it hears a page that submits at once.
"use strict";

(() => {
  const work = document.getElementById("work");
  const frame = () => document.getElementById("hit");
  const timer = document.getElementById("timer");
  const announcement = document.getElementById("announcement");
  const state = document.getElementById("state");
  const refusal = document.getElementById("refusal");
  const acceptNext = document.getElementById("accept-next");
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;

  // By the market's clock: what the browser's says may be anything, what has passed is the same.
  const opened = Date.now();
  const allowed = Date.parse(work.dataset.deadline) - Date.parse(work.dataset.now);
  const ANNOUNCED = [[300, "Five minutes left."], [60, "One minute left."]];
  let before = Infinity;
  let sending = false;
  let over = false;

  const secondsLeft = () => Math.max(0, Math.ceil((allowed - (Date.now() - opened)) / 1000));

  function inWords(seconds) {
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const [hours, ...rest] = parts[0] ? parts : parts.slice(1);
    return [hours, ...rest.map((each) => String(each).padStart(2, "0"))].join(":");
  }

  function refuse(words) {
    state.hidden = true;
    const said = document.createElement("p");
    said.textContent = words;
    refusal.replaceChildren(said);
    refusal.hidden = false;
  }

  function offer(words, address) {
    const line = document.createElement("p");
    const link = document.createElement("a");
    link.href = address;
    link.textContent = words;
    line.append(link);
    refusal.append(line);
  }

  function end() {
    over = true;
    timer.textContent = "time is up";
    for (const each of [document.getElementById("return"), acceptNext]) {
      if (each) each.disabled = true;
    }
    if (frame()) frame().inert = true;
    if (sending) return;
    refuse(work.dataset.over);
    offer(work.dataset.listWords, work.dataset.list);
  }

  function tick() {
    const left = secondsLeft();
    if (left === 0) {
      end();
      return;
    }
    timer.textContent = inWords(left);
    timer.classList.toggle("soon", left <= 300);
    // Only what is passed while the page is open is said.
    for (const [seconds, words] of ANNOUNCED) {
      if (left <= seconds && before > seconds && before !== Infinity) announcement.textContent = words;
    }
    before = left;
    setTimeout(tick, 1000 - (Date.now() - opened) % 1000);
  }

  function isAnswers(data) {
    const isField = (field) => Array.isArray(field) && field.length === 2
      && typeof field[0] === "string"
      && (typeof field[1] === "string" || field[1] instanceof Blob);
    return data !== null && typeof data === "object" && data.crowdmake === "answers"
      && Array.isArray(data.fields) && data.fields.every(isField);
  }

  function obstacle(fields) {
    const said = fields.filter(([name]) => name === "assignmentId").map(([, value]) => value);
    if (!said.length) return "This page did not say which assignment its answers are for.";
    if (said.some((value) => value !== work.dataset.assignment)) {
      return "This page tried to submit other work.";
    }
    return "";
  }

  function body(fields) {
    const files = fields.filter(([, value]) => value instanceof Blob && (value.size || value.name));
    const answers = {
      fields: fields.filter(([, value]) => typeof value === "string"),
      accept_next: Boolean(acceptNext?.checked),
    };
    if (!files.length) return JSON.stringify(answers);
    const form = new FormData();
    form.append("answers", JSON.stringify({ ...answers, files: files.map(([name]) => name) }));
    // As slices: Chromium sends no file that was chosen in a frame of another process.
    files.forEach(([, file], place) => form.append(`file${place}`, file.slice()));
    return form;
  }

  async function send(fields) {
    const content = body(fields);
    const headers = { "X-CSRFToken": token };
    if (typeof content === "string") headers["Content-Type"] = "application/json";
    let reply;
    try {
      reply = await fetch(work.dataset.submit, { method: "POST", headers, body: content });
    } catch {
      return { refused: "Your answers could not be sent: the market did not answer." };
    }
    try {
      return await reply.json();
    } catch {
      return { refused: `Your answers were not taken (${reply.status}). You may have been signed out.` };
    }
  }

  async function submit(fields) {
    const why = obstacle(fields);
    if (why) {
      refuse(why);
      offer(work.dataset.again, location.href);
      return;
    }
    sending = true;
    refusal.hidden = true;
    state.textContent = "Your answers are being submitted …";
    state.hidden = false;
    const reply = await send(fields);
    if (typeof reply.next === "string") {
      location.assign(reply.next);
      return;
    }
    sending = false;
    refuse(reply.refused || "Your answers were not taken.");
    offer(work.dataset.again, location.href);
    if (over) end();
  }

  window.addEventListener("message", (event) => {
    if (!frame() || event.source !== frame().contentWindow || !isAnswers(event.data)) return;
    if (!sending && !over) submit(event.data.fields);
  });
  tick();
})();
