import { ApiError, call } from "./api.js";
import { button, copy, h, put, sure } from "./dom.js";
import { ago, t } from "./i18n.js";
import { table } from "./queue.js";

/**
 * @typedef {object} Key
 * @property {string} id
 * @property {string} name
 * @property {string} prefix
 * @property {boolean} operator
 * @property {number} created_at
 * @property {number | null} revoked_at
 */

/** The operator's keys: make, name, revoke. A new key's secret is shown this once. */
export class Keys extends HTMLElement {
  #made = h("div", { class: "made", role: "status" });
  #list = h("div", {}, h("div", { class: "skeleton block" }));
  #problem = h("p", { class: "problem", role: "alert" });

  connectedCallback() {
    put(this, h("h2", {}, t("keys")), h("p", { class: "lead" }, t("keys_text")),
      h("form", { class: "line", onsubmit: (/** @type {Event} */ event) => this.#create(event) },
        h("label", { class: "said", htmlFor: "key-name" }, t("key_name")),
        h("input", { id: "key-name", required: true, maxLength: 200, placeholder: t("key_name"), autocomplete: "off" }),
        h("button", { type: "submit", class: "primary" }, t("create_key"))),
      this.#problem, this.#made, this.#list);
    this.#look();
  }

  async #look() {
    await this.#try(async () => {
      /** @type {Key[]} */
      const keys = (await call("GET", "/keys")).data;
      put(this.#list, table([t("name"), t("key"), t("state"), t("created"), h("span", { class: "said" }, t("revoke"))], keys.map((one) => [
        one.name, h("code", {}, `${one.prefix}…`),
        one.revoked_at ? t("revoked") : one.operator ? t("operator") : t("active"), ago(one.created_at),
        one.revoked_at || one.operator ? "" : this.#revoking(one),
      ])));
    });
  }

  /** @param {Key} key */
  #revoking(key) {
    // Asked twice at the same place: what is revoked does not come back.
    const first = button("remove", t("revoke_key", { name: key.name }), () => {
      const sureButton = h("button", { type: "button", class: "button danger", onclick: () => this.#revoke(key) }, t("revoke"));
      first.replaceWith(sureButton);
      sureButton.focus();
      sureButton.addEventListener("blur", () => sureButton.replaceWith(first));
    });
    return first;
  }

  /** @param {Key} key */
  async #revoke(key) {
    await this.#try(() => call("DELETE", `/keys/${key.id}`));
    await this.#look();
  }

  /** @param {Event} event */
  async #create(event) {
    event.preventDefault();
    const name = sure(/** @type {HTMLInputElement | null} */ (this.querySelector("#key-name")));
    await this.#try(async () => {
      const made = await call("POST", "/keys", { name: name.value });
      name.value = "";
      const secret = h("code", {}, made.key);
      put(this.#made, h("p", {}, t("key_once", { name: made.name })), h("div", { class: "line" }, secret,
        button("copy", t("copy"), () => copy(made.key), { text: true })));
    });
    await this.#look();
  }

  /** @param {() => Promise<unknown>} act */
  async #try(act) {
    this.#problem.textContent = "";
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#problem.textContent = error.message || t("error_unreachable");
    }
  }
}

customElements.define("gv-keys", Keys);
