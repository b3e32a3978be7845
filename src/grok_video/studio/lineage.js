import { content, lineage } from "./api.js";
import { button, h, put } from "./dom.js";
import { short, t } from "./i18n.js";
/** @import { Video } from "./types.js" */

/** The family of a video as a tree. Fires "compare" (bubbles; detail: parent and child). */
export class Lineage extends HTMLElement {
  /** @param {Video} video */
  async show(video) {
    put(this);
    const family = await lineage(video.id);
    if (family.length < 2) return;
    const ids = new Set(family.map((one) => plain(one.id)));
    const roots = family.filter((one) => !one.source_video_id || !ids.has(plain(one.source_video_id)));
    const parent = family.find((one) => plain(one.id) === plain(video.source_video_id ?? ""));
    put(this, h("h3", {}, t("lineage")), h("ul", { class: "tree" }, roots.map((one) => this.#branch(one, family, video))),
      parent && video.status === "completed" && button("compare", t("compare"), () => this.dispatchEvent(
        new CustomEvent("compare", { bubbles: true, detail: { parent, child: video } })), { text: true }));
  }

  /**
   * @param {Video} one
   * @param {Video[]} family
   * @param {Video} current
   * @returns {HTMLLIElement}
   */
  #branch(one, family, current) {
    const children = family.filter((other) => plain(other.source_video_id ?? "") === plain(one.id));
    const how = { create: t("original"), remix: t("remixed"), extend: t("extended") }[one.metadata.operation];
    const done = one.status === "completed";
    return h("li", {},
      h("a", { href: `#/video/${one.id}`, "aria-current": one.id === current.id ? "true" : null },
        done ? h("img", { src: content(one.id, "thumbnail"), alt: "", loading: "lazy" }) : h("i", { class: "blank" }),
        h("span", {}, h("small", {}, `${how} · ${done ? short(one.seconds) : t(one.status === "failed" ? "failed" : "under_way")}`), one.prompt)),
      children.length ? h("ul", {}, children.map((child) => this.#branch(child, family, current))) : null);
  }
}

/**
 * The digits that all spellings of an id share.
 *
 * @param {string} id
 */
const plain = (id) => id.replaceAll("-", "").slice(-32);

customElements.define("gv-lineage", Lineage);
