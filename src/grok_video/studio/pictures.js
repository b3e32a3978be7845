import { button, h, icon, put, sure } from "./dom.js";
import { t } from "./i18n.js";
/** @import { Picture } from "./types.js" */

const CACHE = "grok-video-draft";

/**
 * The pictures of a request: chosen, dropped or pasted, in their order. Fires "changed".
 * They outlive a reload in the browser's cache, where it has one.
 */
export class PictureStrip extends HTMLElement {
  /** @type {Picture[]} */
  #pictures = [];
  #most = 7;
  /** @type {number | null} */
  #dragged = null;
  /** Whether these are the draft's, which outlive a reload. */
  kept = true;

  connectedCallback() {
    addEventListener("paste", (event) => {
      const files = pictureFiles(event.clipboardData);
      if (files.length) event.preventDefault();
      this.add(files);
    });
    this.#draw();
  }

  get pictures() {
    return this.#pictures;
  }

  get files() {
    return this.#pictures.map((one) => (one.blob instanceof File ? one.blob : new File([one.blob], one.name, { type: one.blob.type })));
  }

  /** @param {number} most */
  set most(most) {
    this.#most = most;
    const over = this.#pictures.length - most;
    if (over > 0) {
      this.#pictures.length = most;
      this.#changed();
      this.dispatchEvent(new CustomEvent("full", { detail: most }));
    } else this.#draw();
  }

  /** @param {readonly Blob[]} files */
  add(files) {
    if (!files.length) return;
    const room = this.#most - this.#pictures.length;
    this.#pictures.push(...files.slice(0, room).map((blob) => (
      { blob, name: blob instanceof File ? blob.name : t("picture"), url: URL.createObjectURL(blob) })));
    this.#changed();
    if (files.length > room) this.dispatchEvent(new CustomEvent("full", { detail: this.#most }));
  }

  /** @param {readonly Blob[]} files */
  set(files) {
    for (const one of this.#pictures) URL.revokeObjectURL(one.url);
    this.#pictures = [];
    this.add(files);
    this.#changed();
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  #move(from, to) {
    if (to < 0 || to >= this.#pictures.length || from === to) return;
    this.#pictures.splice(to, 0, ...this.#pictures.splice(from, 1));
    this.#changed();
  }

  /** @param {number} at */
  #remove(at) {
    for (const one of this.#pictures.splice(at, 1)) URL.revokeObjectURL(one.url);
    this.#changed();
    sure(/** @type {HTMLElement | null} */ (this.querySelector(".add, button"))).focus();
  }

  #changed() {
    this.#draw();
    this.#keep();
    this.dispatchEvent(new Event("changed"));
  }

  #draw() {
    const chooser = h("input", {
      type: "file", accept: "image/*", multiple: true, hidden: true,
      onchange: () => {
        this.add([...(chooser.files ?? [])]);
        chooser.value = "";
      },
    });
    const full = this.#pictures.length >= this.#most;
    put(this,
      h("ol", { class: "pictures", "aria-label": t("pictures") }, this.#pictures.map((one, at) => this.#item(one, at))),
      full ? null : h("button", { type: "button", class: "add", onclick: () => chooser.click() },
        icon("picture"), h("span", {}, this.#pictures.length ? t("add") : t("add_pictures"))),
      chooser);
  }

  /**
   * @param {Picture} picture
   * @param {number} at
   */
  #item(picture, at) {
    const name = `@img${at + 1}`;
    return h("li", {
      draggable: true,
      ondragstart: () => (this.#dragged = at),
      ondragend: () => (this.#dragged = null),
      ondragover: (/** @type {DragEvent} */ event) => this.#dragged !== null && event.preventDefault(),
      ondrop: (/** @type {DragEvent} */ event) => {
        if (this.#dragged === null) return;
        event.preventDefault();
        event.stopPropagation();
        this.#move(this.#dragged, at);
      },
    },
    h("img", { src: picture.url, alt: picture.name }),
    h("b", {}, name),
    h("span", { class: "tools" },
      at > 0 && button("back", t("earlier", { name }), () => this.#step(at, -1)),
      at < this.#pictures.length - 1 && button("forward", t("later", { name }), () => this.#step(at, 1)),
      button("close", t("remove_picture", { name }), () => this.#remove(at))));
  }

  /**
   * @param {number} at
   * @param {number} by
   */
  #step(at, by) {
    this.#move(at, at + by);
    // The focus stays with the picture that was moved.
    sure(/** @type {HTMLElement | null} */ (this.querySelectorAll("li")[at + by].querySelector("button"))).focus();
  }

  async #keep() {
    if (!this.kept || !("caches" in window)) return;
    const cache = await caches.open(CACHE);
    const wanted = this.#pictures.map((one, at) => cache.put(`/draft/${at}`, new Response(one.blob, {
      headers: { "x-name": encodeURIComponent(one.name) },
    })));
    await Promise.all([...wanted, cache.delete(`/draft/${this.#pictures.length}`)]);
  }

  /** Take up what the last visit left. */
  async restore() {
    if (!("caches" in window)) return;
    const cache = await caches.open(CACHE);
    /** @type {File[]} */
    const files = [];
    for (let at = 0; at < this.#most; at += 1) {
      const kept = await cache.match(`/draft/${at}`);
      if (!kept) break;
      const blob = await kept.blob();
      files.push(new File([blob], decodeURIComponent(kept.headers.get("x-name") ?? ""), { type: blob.type }));
    }
    this.add(files);
  }
}

/**
 * Find the pictures in something dropped or pasted.
 *
 * @param {DataTransfer | null} data
 */
export const pictureFiles = (data) => [...(data?.files ?? [])].filter((one) => one.type.startsWith("image/"));

customElements.define("gv-pictures", PictureStrip);
