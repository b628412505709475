// What a page keeps: where the browser denies it storage, as long as it is open.
(() => {
  "use strict";
  const denied = (action) => {
    try {
      action();
      return false;
    } catch {
      return true;
    }
  };

  class Memory {
    #kept = new Map();

    get length() {
      return this.#kept.size;
    }

    key(place) {
      return [...this.#kept.keys()][place] ?? null;
    }

    getItem(name) {
      return this.#kept.get(String(name)) ?? null;
    }

    setItem(name, value) {
      this.#kept.set(String(name), String(value));
    }

    removeItem(name) {
      this.#kept.delete(String(name));
    }

    clear() {
      this.#kept.clear();
    }
  }

  // Items are properties as well.
  const memory = () => new Proxy(new Memory(), {
    get: (kept, name) => {
      const own = Reflect.get(kept, name, kept);
      return typeof own === "function" ? own.bind(kept) : own ?? kept.getItem(name) ?? undefined;
    },
    set: (kept, name, value) => {
      kept.setItem(name, value);
      return true;
    },
    deleteProperty: (kept, name) => {
      kept.removeItem(name);
      return true;
    },
  });

  for (const name of ["localStorage", "sessionStorage"]) {
    if (denied(() => window[name].length)) {
      Object.defineProperty(window, name, { value: memory() });
    }
  }
  // Cookies are kept in the host's own storage: a frame's are dropped by most browsers, and those
  // of one host may be set by its neighbours.
  const KEPT = "document.cookie";
  const jar = () => {
    try {
      return new Map(JSON.parse(localStorage.getItem(KEPT) || "[]"));
    } catch {
      return new Map();
    }
  };
  Object.defineProperty(document, "cookie", {
    configurable: true,
    get: () => [...jar()].map((pair) => pair.join("=")).join("; "),
    set: (text) => {
      const [, name, value] = /^\s*([^=;]*?)\s*=\s*([^;]*?)\s*(?:;|$)/.exec(text) ?? [];
      if (name === undefined) {
        return;
      }
      const expires = /;\s*expires\s*=\s*([^;]+)/i.exec(text);
      const isOver = /;\s*max-age\s*=\s*(0|-)/i.test(text) || (expires && Date.parse(expires[1]) < Date.now());
      const cookies = jar();
      cookies.set(name, value);
      if (isOver) {
        cookies.delete(name);
      }
      localStorage.setItem(KEPT, JSON.stringify([...cookies]));
    },
  });
})();
