import { h, put, sure } from "./dom.js";
import { t } from "./i18n.js";
/** @import { Picture } from "./types.js" */

const LIMIT = 4096;
const REFERENCE = /@(?:img|image)(\d+)/gi;

/**
 * Read which pictures a prompt names, each number once.
 *
 * @param {string} prompt
 * @returns {number[]}
 */
export const references = (prompt) => [...new Set([...prompt.matchAll(REFERENCE)].map((one) => Number(one[1])))];

/**
 * A text field in which @img1 stands as a pill, with a list to choose from after "@".
 * Fires "changed" when the text changes.
 */
export class PromptField extends HTMLElement {
  /** @type {readonly Picture[]} */
  #pictures = [];
  #chosen = 0;

  connectedCallback() {
    put(this,
      h("label", { class: "said", htmlFor: "prompt" }, t("prompt")),
      h("div", { class: "field" },
        h("div", { class: "mirror", "aria-hidden": "true" }),
        h("textarea", {
          id: "prompt", rows: 4, placeholder: t("prompt_hint"), spellcheck: false,
          "aria-autocomplete": "list", "aria-controls": "prompt-pictures", "aria-describedby": "prompt-count",
          oninput: () => this.#typed(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
          onscroll: () => this.#scroll(), onclick: () => this.#suggest(), onblur: () => this.#close(),
        }),
        h("ul", { class: "suggestions", id: "prompt-pictures", role: "listbox", "aria-label": t("pictures"), hidden: true })),
      h("div", { class: "under" }, h("span", { class: "warning", role: "status" }), h("span", { id: "prompt-count" })));
    this.#draw();
  }

  get #area() {
    return sure(this.querySelector("textarea"));
  }

  get #list() {
    return sure(/** @type {HTMLElement | null} */ (this.querySelector("[role=listbox]")));
  }

  get value() {
    return this.#area.value;
  }

  set value(text) {
    this.#area.value = text;
    this.#draw();
  }

  /** @param {readonly Picture[]} pictures */
  set pictures(pictures) {
    this.#pictures = pictures;
    this.#draw();
  }

  focus() {
    this.#area.focus();
    this.#area.setSelectionRange(this.value.length, this.value.length);
  }

  /** What is wrong with the text as it stands, in words; empty when nothing is. */
  get trouble() {
    const missing = references(this.value).filter((one) => one < 1 || one > this.#pictures.length);
    if (missing.length) return t("no_such_picture", { names: missing.map((one) => `@img${one}`).join(", ") });
    return this.value.length > LIMIT ? t("too_long", { n: LIMIT }) : "";
  }

  #typed() {
    this.#draw();
    this.#suggest();
    this.dispatchEvent(new Event("changed"));
  }

  #draw() {
    const text = this.value;
    /** @type {(string | HTMLElement)[]} */
    const parts = [];
    let at = 0;
    for (const found of text.matchAll(REFERENCE)) {
      const known = Number(found[1]) >= 1 && Number(found[1]) <= this.#pictures.length;
      parts.push(text.slice(at, found.index), h("mark", { class: known ? "pill" : "pill wrong" }, found[0]));
      at = found.index + found[0].length;
    }
    // A last line that is empty has no height of its own.
    put(sure(this.querySelector(".mirror")), ...parts, `${text.slice(at)}\n`);
    sure(this.querySelector("#prompt-count")).textContent = text.length > LIMIT / 2 ? `${text.length} / ${LIMIT}` : String(text.length || "");
    sure(this.querySelector(".warning")).textContent = this.trouble;
    this.#scroll();
  }

  #scroll() {
    sure(this.querySelector(".mirror")).scrollTop = this.#area.scrollTop;
  }

  /** What of an "@…" stands before the cursor. */
  get #begun() {
    return /@[a-z]*\d*$/i.exec(this.value.slice(0, this.#area.selectionStart))?.[0];
  }

  get open() {
    return !this.#list.hidden;
  }

  #suggest() {
    const begun = this.#begun?.toLowerCase();
    const fitting = begun === undefined ? [] : this.#pictures.map((one, at) => ({ one, name: `@img${at + 1}` }))
      .filter(({ name }) => name.startsWith(begun) && name !== begun);
    if (!fitting.length) return this.#close();
    this.#chosen = 0;
    put(this.#list, fitting.map(({ one, name }, at) => h("li", {
      id: `prompt-picture-${at}`, role: "option", "aria-selected": String(at === 0), data: { name },
      // Before the field loses the focus.
      onpointerdown: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.#insert(name);
      },
    }, h("img", { src: one.url, alt: "" }), h("span", {}, name), h("small", {}, one.name))));
    this.#list.hidden = false;
    this.#choose(0);
  }

  #close() {
    this.#list.hidden = true;
    this.#area.removeAttribute("aria-activedescendant");
  }

  /** @param {number} by */
  #choose(by) {
    const items = [...this.#list.children];
    this.#chosen = (this.#chosen + by + items.length) % items.length;
    items.forEach((one, at) => one.setAttribute("aria-selected", String(at === this.#chosen)));
    this.#area.setAttribute("aria-activedescendant", `prompt-picture-${this.#chosen}`);
  }

  /** @param {string} name */
  #insert(name) {
    const { selectionStart: at } = this.#area;
    this.#area.setRangeText(`${name} `, at - (this.#begun?.length ?? 0), at, "end");
    this.#close();
    this.#typed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    if (this.open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      this.#choose(event.key === "ArrowDown" ? 1 : -1);
    } else if (this.open && ["Enter", "Tab"].includes(event.key)) {
      event.preventDefault();
      this.#insert(/** @type {HTMLElement} */ (this.#list.children[this.#chosen]).dataset.name ?? "");
    } else if (this.open && event.key === "Escape") {
      event.stopPropagation();
      this.#close();
    }
  }
}

customElements.define("gv-prompt", PromptField);
