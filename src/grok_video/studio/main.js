import { ApiError, call, models, session, video as read } from "./api.js";
import { Composer, newKey } from "./composer.js";
import { button, h, icon, put } from "./dom.js";
import { Gallery } from "./gallery.js";
import { explain, language, setLanguage, t } from "./i18n.js";
import { Library } from "./library.js";
import { FRESH, body, request, wishOf } from "./request.js";
import { Toasts } from "./toast.js";
import { Viewer } from "./viewer.js";
/** @import { Session, Video } from "./types.js" */

const KEYS = /** @type {const} */ ([
  ["N", "key_new"], ["/", "key_search"], ["Ctrl ↵", "key_make"], ["@", "key_at"], ["Space", "key_play"], [", .", "key_step"],
  ["← →", "key_next"], ["E", "key_extend"], ["R", "key_remix"], ["U", "key_reuse"], ["S", "key_still"], ["L M F", "key_screen"],
  ["Del", "key_delete"], ["?", "key_help"],
]);

/** The page: signs in, puts the parts together and passes between them what is to be done. */
class Studio {
  #library = new Library();
  #composer = new Composer();
  #gallery = new Gallery();
  #viewer = new Viewer();
  #toasts = new Toasts();
  /** Stays in the page while another view is shown: the draft, the place in the gallery, what was read. */
  #home = h("div", { class: "home" });
  #room = h("div", { class: "room" });
  /** @type {Session | null} */
  #session = null;

  async start() {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    theme(localStorage.getItem("theme") ?? "");
    const said = new URLSearchParams(location.hash.slice(1));
    const ticket = said.get("ticket");
    if (ticket) history.replaceState(null, "", said.has("video") ? `/#/video/${said.get("video")}` : "/");
    try {
      this.#session = ticket ? await call("POST", "/session", { ticket }) : await session();
      if (!this.#session?.id) return this.#ask("");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.#ask(error.message || t("error_unreachable"));
    }
    await this.#enter();
  }

  /** @param {string} problem */
  #ask(problem) {
    const field = h("input", { type: "password", id: "key", autocomplete: "current-password", required: true, placeholder: "gv-…" });
    const said = h("p", { class: "problem", role: "alert" }, problem);
    put(document.body, h("main", { class: "sign-in" }, h("form", {
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        try {
          this.#session = await call("POST", "/session", { key: field.value.trim() });
          await this.#enter();
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          said.textContent = explain(error.code, "").advice;
        }
      },
    }, h("h1", {}, icon("film"), "Grok Video"), h("label", { htmlFor: "key" }, t("your_key")), field, said,
    h("button", { type: "submit", class: "primary" }, t("sign_in")), h("p", { class: "hint" }, t("key_where")),
    h("code", {}, "grok-video open"))));
    field.focus();
  }

  async #enter() {
    put(document.body, this.#skip(), this.#header(), h("div", { class: "offline", role: "status", hidden: true }, t("offline")),
      h("main", { id: "main", tabIndex: -1 }, this.#home, this.#room), this.#viewer, this.#toasts, this.#help());
    put(this.#home, this.#composer, this.#gallery);
    this.#listen();
    this.#route();
    await Promise.all([this.#library.start(), this.#learn()]);
  }

  /** Read what the models can, and ask again until the server says it. */
  async #learn() {
    try {
      this.#composer.models = await models();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setTimeout(() => this.#learn(), 3000);
    }
  }

  #skip() {
    return h("a", {
      class: "skip", href: "#main", onclick: (/** @type {Event} */ event) => {
        // The address says which view is shown, and stays.
        event.preventDefault();
        document.getElementById("main")?.focus();
      },
    }, t("skip"));
  }

  #header() {
    const link = (/** @type {string} */ to, /** @type {string} */ label) => h("a", { href: `#/${to}` }, label);
    return h("header", { class: "top" },
      h("h1", {}, h("a", { href: "#/" }, icon("film"), h("span", {}, "Grok Video"))),
      h("nav", { "aria-label": t("sections") }, link("", t("videos")), link("queue", t("queue")),
        this.#session?.operator && link("keys", t("keys"))),
      h("div", { class: "settings" },
        h("button", { type: "button", class: "button bare", lang: language === "zh" ? "en" : "zh-CN", onclick: () => setLanguage(language === "zh" ? "en" : "zh") },
          language === "zh" ? "EN" : "中文"),
        button("theme", t("theme"), () => theme(dark() ? "light" : "dark", true)),
        button("help", t("key_help"), () => /** @type {HTMLElement} */ (document.querySelector("#help")).showPopover()),
        button("leave", t("sign_out"), async () => {
          await call("DELETE", "/session");
          // What was begun is nobody else's to read.
          localStorage.removeItem("draft");
          if ("caches" in window) await caches.delete("grok-video-draft");
          location.reload();
        })));
  }

  #help() {
    return h("div", { id: "help", popover: "auto", role: "dialog", "aria-label": t("key_help") }, h("h2", {}, t("key_help")),
      h("dl", {}, KEYS.map(([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(what))))));
  }

  #listen() {
    const library = this.#library;
    this.#gallery.library = library;
    addEventListener("hashchange", () => this.#route());
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("signed-out", () => location.reload());
    const page = document.body;
    page.addEventListener("act", (event) => this.#act(/** @type {CustomEvent} */ (event).detail));
    page.addEventListener("compare", async (event) => {
      const { parent, child } = /** @type {CustomEvent} */ (event).detail;
      const { Compare } = await import("./compare.js");
      const compare = new Compare();
      page.append(compare);
      compare.show(parent, child);
    });
    page.addEventListener("idea", (event) => this.#composer.load({ ...FRESH, prompt: /** @type {CustomEvent} */ (event).detail }, []));
    page.addEventListener("copied", () => this.#toasts.say(t("copied")));
    page.addEventListener("still", (event) => this.#still(/** @type {CustomEvent} */ (event).detail));
    this.#composer.addEventListener("made", (event) => {
      const { video, asked } = /** @type {CustomEvent} */ (event).detail;
      library.take(video, asked);
      this.#toasts.announce(t("accepted"));
      location.hash = "#/";
    });
    library.addEventListener("ended", (event) => this.#ended(/** @type {CustomEvent<Video>} */ (event).detail));
    library.addEventListener("line", (event) => {
      const up = /** @type {CustomEvent<boolean>} */ (event).detail;
      /** @type {HTMLElement} */ (document.querySelector(".offline")).hidden = up;
    });
  }

  /** @param {Video} video */
  #ended(video) {
    if (this.#viewer.video?.id === video.id) this.#viewer.show(video);
    if (video.status === "completed") this.#toasts.announce(t("is_finished", { prompt: video.prompt }));
    if (video.status === "failed" && video.error?.code !== "cancelled") this.#toasts.announce(t("has_failed", { prompt: video.prompt }));
  }

  async #route() {
    const [, room = "", id] = location.hash.split("/");
    for (const link of document.querySelectorAll("nav a")) {
      const here = link.getAttribute("href") === `#/${room === "video" ? "" : room}`;
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (room !== "video") this.#viewer.close();
    const elsewhere = room === "queue" || (room === "keys" && this.#session?.operator);
    this.#home.hidden = Boolean(elsewhere);
    put(this.#room);
    const at = location.hash;
    const view = room === "queue" ? new (await import("./queue.js")).Queue()
      : elsewhere ? new (await import("./keys.js")).Keys() : null;
    // One may have gone on while it was loaded.
    if (location.hash !== at) return;
    put(this.#room, view);
    if (room === "video" && id) await this.#try(async () => this.#viewer.show(this.#library.videos.get(id) ?? await read(id)));
    else if (room === "video") location.hash = "#/";
  }

  /** @param {{what: string, video: Video, start: number | null}} detail */
  async #act({ what, video, start }) {
    const path = `/videos/${video.id}`;
    /** @type {Record<string, () => unknown>} */
    const acts = {
      open: () => (location.hash = `#/video/${video.id}`),
      cancel: async () => {
        const asked = performance.now();
        this.#library.take(await call("POST", `${path}/cancel`), asked);
      },
      remix: () => this.#compose(() => this.#composer.derive(video, "remix")),
      extend: () => this.#compose(() => this.#composer.derive(video, "extend", start)),
      reuse: () => this.#reuse(video),
      retry: () => this.#retry(video),
      delete: () => this.#delete(video),
      newer: () => this.#beside(video, -1),
      older: () => this.#beside(video, 1),
    };
    await this.#try(async () => acts[what]());
  }

  /** Show the gallery now, not when the address has changed: what is to have the focus must be seen. */
  #goHome() {
    location.hash = "#/";
    put(this.#room);
    this.#home.hidden = false;
  }

  /** @param {() => void} act */
  #compose(act) {
    this.#goHome();
    this.#viewer.close();
    act();
    this.#composer.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  /**
   * The pictures that a video was made from, as files.
   *
   * @param {Video} video
   * @returns {Promise<File[]>}
   */
  async #inputs(video) {
    const { data } = await call("GET", `/videos/${video.id}/inputs`);
    return Promise.all(data.map(async (/** @type {{path: string, number: number}} */ one) =>
      new File([await (await fetch(one.path)).blob()], `img${one.number}.png`, { type: "image/png" })));
  }

  /**
   * Ask for the very same once more, whatever stands in the composer.
   *
   * @param {Video} video
   */
  async #retry(video) {
    const { path, fields } = request(wishOf(video));
    const files = await this.#inputs(video);
    const asked = performance.now();
    this.#library.take(await call("POST", path, body(fields, files.map((blob) => ({ blob, name: blob.name }))), { key: newKey() }), asked);
    this.#goHome();
    this.#viewer.close();
  }

  /** @param {Video} video */
  async #reuse(video) {
    const wish = wishOf(video);
    const files = await this.#inputs(video);
    const source = wish.source ? await read(wish.source).catch(() => null) : null;
    // What it was derived from is gone: the words can still be used.
    const whole = wish.operation !== "create" && !source ? { ...wish, operation: /** @type {const} */ ("create"), source: null, start: null } : wish;
    this.#compose(() => this.#composer.load(whole, files, source));
  }

  /** @param {Video} video */
  #delete(video) {
    this.#viewer.close();
    this.#library.hide(video.id, true);
    this.#toasts.say(t("deleted"), {
      undo: () => this.#library.hide(video.id, false),
      then: () => this.#try(async () => {
        try {
          await call("DELETE", `/videos/${video.id}`, null, { keepalive: true });
        } catch (error) {
          if (!(error instanceof ApiError && error.status === 404)) {
            this.#library.hide(video.id, false);
            throw error;
          }
        }
        this.#library.drop(video.id);
      }),
    });
  }

  /**
   * @param {Video} video
   * @param {number} by
   */
  #beside(video, by) {
    const done = this.#library.shown.filter((one) => one.status === "completed");
    const at = done.findIndex((one) => one.id === video.id);
    const next = at < 0 ? undefined : done[at + by];
    if (next) location.hash = `#/video/${next.id}`;
    else if (by > 0) this.#library.next();
  }

  /** @param {{blob: Blob, time: string}} detail */
  #still({ blob, time }) {
    const url = URL.createObjectURL(blob);
    h("a", { href: url, download: `still-${time}s.png` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    this.#toasts.say(t("still_saved", { at: time }));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const within = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || within.matches("input, textarea, select") || this.#viewer.isOpen) return;
    const acts = new Map([
      ["n", () => this.#compose(() => this.#composer.focus())],
      ["/", () => {
        this.#goHome();
        /** @type {HTMLElement | null} */ (document.querySelector("#search"))?.focus();
      }],
      ["?", () => /** @type {HTMLElement} */ (document.querySelector("#help")).showPopover()],
    ]);
    const act = acts.get(event.key.toLowerCase());
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** @param {() => Promise<unknown>} act */
  async #try(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) location.hash = "#/";
      const { advice, message } = explain(error.code, error.message);
      this.#toasts.say(`${advice} ${message}`, { bad: true });
    }
  }
}

const dark = () => getComputedStyle(document.documentElement).colorScheme === "dark"
  || (document.documentElement.dataset.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches);

/**
 * @param {string} name
 * @param {boolean} [keep]
 */
function theme(name, keep = false) {
  if (name) document.documentElement.dataset.theme = name;
  if (keep) localStorage.setItem("theme", name);
}

new Studio().start();
