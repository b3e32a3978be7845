import { h, put } from "./dom.js";
import { t } from "./i18n.js";

const SECONDS = 6;

/** Short messages at the edge of the page, read aloud too; one may be taken back while it stands. */
export class Toasts extends HTMLElement {
  #said = h("div", { class: "said", "aria-live": "polite" });
  #stack = h("div", { class: "stack" });
  /** @type {Set<() => void>} */
  #waiting = new Set();

  connectedCallback() {
    // Inside a modal dialog only what is on the top layer can be seen and clicked.
    this.popover = "manual";
    put(this, this.#said, this.#stack);
    this.showPopover();
    addEventListener("pagehide", () => this.#waiting.forEach((act) => act()));
  }

  /** @param {string} text */
  announce(text) {
    this.#said.textContent = text;
  }

  /**
   * @param {string} text
   * @param {{undo?: () => void, then?: () => void, bad?: boolean}} [options] `then` is done after a while, or when the page is left, unless undone.
   */
  say(text, { undo, then, bad } = {}) {
    this.announce(text);
    const act = () => {
      if (then && this.#waiting.delete(act)) then();
      message.remove();
    };
    const message = h("div", { class: bad ? "toast bad" : "toast" }, h("span", {}, text), undo && h("button", {
      type: "button", onclick: () => {
        this.#waiting.delete(act);
        undo();
        message.remove();
      },
    }, t("undo")));
    if (then) this.#waiting.add(act);
    this.#stack.append(message);
    this.hidePopover();
    this.showPopover();
    let timer = setTimeout(act, SECONDS * 1000);
    // Who reads or reaches for it must not lose it.
    for (const name of ["pointerenter", "focusin"]) message.addEventListener(name, () => clearTimeout(timer));
    for (const name of ["pointerleave", "focusout"]) message.addEventListener(name, () => (timer = setTimeout(act, SECONDS * 500)));
  }
}

customElements.define("gv-toasts", Toasts);
