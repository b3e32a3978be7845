import { ApiError, call, content } from "./api.js";
import { button, h, keepingFocus, put, segments } from "./dom.js";
import { explain, t } from "./i18n.js";
import { PictureStrip, pictureFiles } from "./pictures.js";
import { PromptField, references } from "./prompt.js";
import { FIXED, FRESH, body, request } from "./request.js";
/** @import { Model, Video, Wish } from "./types.js" */

const DRAFT = "draft";

/**
 * Where a video is asked for: prompt, pictures, and only those choices that the model has.
 * Fires "made" (detail: the accepted video, and when it was asked for).
 */
export class Composer extends HTMLElement {
  /** @type {Model[]} */
  #models = [];
  /** @type {Wish} */
  #wish = { ...FRESH, ...kept() };
  /** The draft that waits while a remix or extend is written. @type {{wish: Wish, files: Blob[]} | null} */
  #waiting = null;
  /** @type {Video | null} */
  #source = null;
  #copies = 1;
  /** One for each copy of the request as it stands: asking again after a lost answer makes no second video. @type {string[]} */
  #keys = [];
  #prompt = new PromptField();
  #strip = new PictureStrip();
  #target = h("div", { class: "target", hidden: true });
  #role = h("div", { class: "role" });
  #choices = h("div", { class: "choices" });
  #summary = h("summary");
  #error = h("div", { class: "problem", role: "alert" });
  #submit = h("button", { type: "submit", class: "primary" });

  connectedCallback() {
    put(this, h("form", {
      "aria-label": t("new_video"), onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.submit();
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
        event.preventDefault();
        this.submit();
      },
    },
    this.#target, this.#prompt, h("section", { class: "references" }, this.#strip, this.#role),
    h("details", { class: "more", open: matchMedia("(min-width: 40rem)").matches }, this.#summary, this.#choices),
    this.#error, this.#submit));
    this.#prompt.value = this.#wish.prompt;
    this.#prompt.addEventListener("changed", () => this.#changed({ prompt: this.#prompt.value }));
    this.#strip.addEventListener("changed", () => {
      this.#prompt.pictures = this.#strip.pictures;
      this.#changed({});
    });
    this.#strip.addEventListener("full", (event) =>
      this.#fail(t("too_many_pictures", { n: /** @type {CustomEvent} */ (event).detail })));
    this.#takeDrops();
    this.#strip.restore();
  }

  #takeDrops() {
    let depth = 0;
    const over = (/** @type {number} */ by) => {
      depth = Math.max(0, depth + by);
      document.documentElement.classList.toggle("dropping", depth > 0);
    };
    const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragenter", (event) => carries(event) && over(1));
    addEventListener("dragleave", (event) => carries(event) && over(-1));
    addEventListener("dragover", (event) => carries(event) && event.preventDefault());
    addEventListener("drop", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      over(-depth);
      this.#strip.add(pictureFiles(event.dataTransfer));
    });
  }

  /** @param {Model[]} models */
  set models(models) {
    this.#models = models;
    this.#draw();
  }

  get #able() {
    return this.#models.find((one) => one.id === this.#wish.model)?.capabilities;
  }

  /** @param {Partial<Wish>} change */
  #changed(change) {
    this.#wish = { ...this.#wish, ...change };
    this.#error.replaceChildren();
    this.#keys = [];
    this.#remember();
    keepingFocus(() => this.#draw());
  }

  #remember() {
    if (this.#wish.operation === "create") localStorage.setItem(DRAFT, JSON.stringify(this.#wish));
  }

  focus() {
    this.#prompt.focus();
  }

  /**
   * Begin a remix or an extend of a finished video.
   *
   * @param {Video} video
   * @param {"remix" | "extend"} operation
   * @param {number | null} [start]
   */
  derive(video, operation, start = null) {
    this.load({ ...FRESH, operation, start, source: video.id, size: "", model: video.model, seconds: 6 }, [], video);
  }

  /**
   * Take up settings, as those of an earlier video.
   *
   * @param {Wish} wish
   * @param {readonly Blob[]} pictures
   * @param {Video | null} source
   */
  load(wish, pictures, source = null) {
    if (wish.operation !== "create" && this.#wish.operation === "create") {
      this.#waiting = { wish: this.#wish, files: this.#strip.files };
    }
    this.#strip.kept = wish.operation === "create";
    this.#source = wish.operation === "create" ? null : source;
    this.#strip.set(pictures);
    this.#prompt.value = wish.prompt;
    this.#changed(wish);
    this.focus();
  }

  #leave() {
    const { wish, files } = this.#waiting ?? { wish: FRESH, files: [] };
    this.#waiting = null;
    this.load(wish, files);
  }

  get #mode() {
    const count = this.#strip.pictures.length;
    if (!count) return "text";
    if (count > 2 || references(this.#wish.prompt).length || this.#wish.operation === "extend") return "reference";
    return count === 1 ? "first_frame" : "first_last_frame";
  }

  #draw() {
    const able = this.#able;
    if (!able) return;
    const { operation, model, ratio, size, seconds, seed } = this.#wish;
    this.#strip.most = able.max_images;
    this.#strip.hidden = operation === "remix" || !able.max_images;
    this.#drawTarget();
    this.#drawRole();
    const fixed = FIXED.get(model);
    this.#summary.textContent = [t("settings"), modelName(model), operation !== "remix" && `${fixed ?? seconds} s`, size, ratio]
      .filter(Boolean).join(" · ");
    put(this.#choices,
      segments("model", t("model"), this.#models.map((one) => ({ value: one.id, label: modelName(one.id), title: one.id })),
        model, (value) => this.#changed({ model: value })),
      operation !== "extend" && segments("ratio", t("ratio"), [
        { value: "", label: t("auto"), title: operation === "remix" ? t("as_source") : t("auto_ratio") },
        ...able.aspect_ratios.map((value) => ({ value, label: shape(value), title: value })),
      ], ratio, (value) => this.#changed({ ratio: value })),
      segments("size", t("size"), [
        ...(operation === "create" ? [] : [{ value: "", label: t("as_source") }]),
        ...able.sizes.map((value) => ({ value, label: value })),
      ], size, (value) => this.#changed({ size: value })),
      operation !== "remix" && (fixed ? h("div", { class: "length fixed" }, h("span", {}, t("length")),
        h("output", {}, t("always_seconds", { n: fixed }))) : this.#length(able.seconds, seconds)),
      h("div", { class: "pair" },
        operation === "create" && segments("copies", t("copies"), [1, 2, 4].map((n) => ({ value: String(n), label: `×${n}` })),
          String(this.#copies), (value) => {
            this.#copies = Number(value);
            this.#changed({});
          }),
        h("label", { class: "seed" }, h("span", {}, t("seed")), h("input", {
          type: "number", id: "seed", min: "0", max: String(2 ** 32 - 1), step: "1", placeholder: t("random"), value: seed ?? "",
          // Not drawn anew: what is clicked next must still be there.
          oninput: (/** @type {Event} */ event) => {
            const said = /** @type {HTMLInputElement} */ (event.target).value;
            this.#wish = { ...this.#wish, seed: said === "" ? null : Number(said) };
            this.#keys = [];
            this.#remember();
          },
        }))));
    this.#drawSubmit(able.cost_per_second);
  }

  /**
   * @param {number[]} allowed
   * @param {number} seconds
   */
  #length(allowed, seconds) {
    const said = h("output", { htmlFor: "length" }, t("seconds", { n: seconds }));
    return h("div", { class: "length" }, h("label", { htmlFor: "length" }, t("length")), said, h("input", {
      type: "range", id: "length", min: String(allowed[0]), max: String(allowed.at(-1)), value: String(seconds),
      oninput: (/** @type {Event} */ event) => {
        const value = Number(/** @type {HTMLInputElement} */ (event.target).value);
        said.textContent = t("seconds", { n: value });
        // Not drawn anew: the slider is being held.
        this.#wish = { ...this.#wish, seconds: value };
        this.#keys = [];
      },
      onchange: () => this.#changed({}),
    }));
  }

  #drawTarget() {
    const { operation, start } = this.#wish;
    this.#target.hidden = operation === "create";
    if (operation === "create") return;
    const from = start === null ? t("from_end") : t("from_second", { at: start.toFixed(2) });
    put(this.#target,
      this.#source && h("img", { src: content(this.#source.id, "thumbnail"), alt: "" }),
      h("div", {}, h("strong", {}, operation === "remix" ? t("remix_of") : `${t("extend_of")} ${from}`),
        h("span", {}, this.#source?.prompt ?? "")),
      button("close", t("back_to_new"), () => this.#leave()));
  }

  #drawRole() {
    const count = this.#strip.pictures.length;
    const mode = this.#mode;
    if (!count || this.#wish.operation !== "create") return put(this.#role);
    if (count > 2) return put(this.#role, h("p", {}, t("role_reference_many")));
    const frames = count === 1 ? "first_frame" : "first_last_frame";
    const options = [frames, "reference"].filter((one) => this.#able?.modes.includes(one))
      .map((value) => ({ value, label: t(/** @type {"role_reference"} */ (`role_${value}`)) }));
    return put(this.#role, segments("role", t("role"), options, mode, (value) => this.#play(value)));
  }

  /**
   * Let the pictures play another part. The words decide that on the wire, so it is the words that change.
   *
   * @param {string} role
   */
  #play(role) {
    const { prompt } = this.#wish;
    const names = this.#strip.pictures.map((_, at) => `@img${at + 1}`).join(" ");
    const changed = role === "reference" ? `${prompt.trimEnd()} ${names}`.trim()
      : prompt.replace(/\s*@(?:img|image)\d+/gi, "").trim();
    this.#prompt.value = changed;
    this.#changed({ prompt: changed });
  }

  /** @param {number | null} price */
  #drawSubmit(price) {
    const { operation, seconds, model } = this.#wish;
    const cost = price && operation !== "remix" ? price * (FIXED.get(model) ?? seconds) * this.#copies : 0;
    const label = this.#copies > 1 && operation === "create" ? t("make_many", { n: this.#copies }) : t(`make_${operation}`);
    put(this.#submit, h("span", {}, label), cost ? h("small", {}, `≈ $${cost.toFixed(2)}`) : h("kbd", {}, "Ctrl ↵"));
  }

  /** Ask for the video, or say what is missing. */
  async submit() {
    const trouble = this.#prompt.value.trim() ? this.#prompt.trouble : t("prompt_missing");
    if (trouble) {
      this.#fail(trouble);
      return this.#prompt.focus();
    }
    if (this.#submit.disabled) return;
    this.#submit.disabled = true;
    this.#error.replaceChildren();
    const copies = this.#wish.operation === "create" ? this.#copies : 1;
    try {
      for (let at = 0; at < copies; at += 1) {
        const seed = this.#wish.seed === null ? null : this.#wish.seed + at;
        const { path, fields } = request({ ...this.#wish, seed });
        const pictures = this.#strip.hidden ? [] : this.#strip.pictures;
        const asked = performance.now();
        const video = await call("POST", path, body(fields, pictures), { key: (this.#keys[at] ??= newKey()) });
        this.dispatchEvent(new CustomEvent("made", { detail: { video, asked } }));
      }
      this.#keys = [];
      if (this.#wish.operation !== "create") this.#leave();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { advice, message } = explain(error.code, error.message);
      this.#fail(advice, message, error.code);
    } finally {
      this.#submit.disabled = false;
    }
  }

  /**
   * @param {string} advice
   * @param {string} [message]
   * @param {string} [code]
   */
  #fail(advice, message, code) {
    put(this.#error, h("p", {}, advice), message && h("p", { class: "words" }, message), code && h("code", {}, code));
  }
}

/** @returns {Partial<Wish>} */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(DRAFT) ?? "{}");
  } catch {
    return {};
  }
}

export const newKey = () => [...crypto.getRandomValues(new Uint32Array(4))].map((one) => one.toString(16)).join("-");

/** @param {string} id */
export const modelName = (id) => ({ "grok-video-3": t("standard"), "grok-video-3-pro": "Pro 10 s", "grok-video-3-max": "Max 15 s" })[id] ?? id;

/** @param {string} ratio */
function shape(ratio) {
  const drawn = h("i", { class: "shape", "aria-hidden": "true" });
  drawn.style.aspectRatio = ratio.replace(":", " / ");
  return h("span", { class: "shaped" }, drawn, ratio);
}

customElements.define("gv-composer", Composer);
