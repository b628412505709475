// Stands in for the market: what the page would send to it is shown instead.
(() => {
  "use strict";
  const LONGEST = 1_500_000; // browsers take addresses of two million characters

  // A browser sends every line break as CR LF, and of a file here its name.
  const sent = (value) => (typeof value === "string" ? value : value.name).replace(/\r\n?|\n/g, "\r\n");

  const show = (action, entries) => {
    const asked = new URLSearchParams(location.search);
    const shown = {
      assignmentId: asked.get("assignmentId") || "",
      action: action.href,
      selections: [...new Set([...document.querySelectorAll("[data-selection]")].map((one) => one.name))],
      entries: [...action.searchParams, ...entries].map(([name, value]) => [sent(name), sent(value)]),
    };
    let told = encodeURIComponent(JSON.stringify(shown));
    if (told.length > LONGEST) {
      told = encodeURIComponent(JSON.stringify({ ...shown, entries: [], tooLong: told.length }));
    }
    const answer = new URL("answer.html", location.href);
    answer.hash = told;
    setTimeout(() => location.assign(answer));
  };

  // The page's addresses are those of a page on the web; its own parts are here all the same.
  const WEB = "https://market.invalid/";
  const isPart = (url) => url.href.startsWith(`${WEB}#`) && document.baseURI === WEB;

  const isMarket = (url) => /\/mturk\/externalSubmit$/.test(url.pathname);

  // The navigation is seen after every handler of the page, and for form.submit() too.
  if (window.navigation?.currentEntry) {
    navigation.addEventListener("navigate", (event) => {
      const url = new URL(event.destination.url);
      if (event.formData || isMarket(url)) {
        event.preventDefault();
        show(url, event.formData || []);
      } else if (isPart(url)) {
        event.preventDefault();
        location.hash = url.hash;
      }
    });
    return;
  }

  // Where browsers have no such event for files: the last listener of a submit.
  const take = (form, submitter) => {
    const given = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
    const method = submitter?.getAttribute("formmethod") ?? form.getAttribute("method") ?? "get";
    const action = new URL(given, given ? document.baseURI : location.href);
    if (method.toLowerCase() !== "post") {
      action.search = "";
    }
    show(action, new FormData(form, submitter));
  };
  const last = (event) => {
    if (!event.defaultPrevented) {
      event.preventDefault();
      take(event.target, event.submitter);
    }
  };
  window.addEventListener("submit", (event) => {
    // A handler may keep the event from others, but not from what a market would see.
    event.stopPropagation = event.stopImmediatePropagation = () => {};
    window.removeEventListener("submit", last);
    window.addEventListener("submit", last);
  }, true);
  window.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (link && !event.defaultPrevented && isPart(new URL(link.href))) {
      event.preventDefault();
      location.hash = link.hash;
    }
  });
  HTMLFormElement.prototype.submit = function () {
    take(this, null);
  };
})();
