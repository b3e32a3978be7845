import { ApiError, call } from "./api.js";
import { button, copy, h, setChildren, required } from "./dom.js";
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
	#created = h("div", { class: "created", role: "status" });
	#list = h("div", {}, h("div", { class: "skeleton block" }));
	#problem = h("p", { class: "problem", role: "alert" });

	connectedCallback() {
		setChildren(
			this,
			h("h2", {}, t("keys")),
			h("p", { class: "lead" }, t("keys_text")),
			h(
				"form",
				{ class: "line", onsubmit: (/** @type {Event} */ event) => this.#create(event) },
				h("label", { class: "visually-hidden", htmlFor: "key-name" }, t("key_name")),
				h("input", { id: "key-name", required: true, maxLength: 200, placeholder: t("key_name"), autocomplete: "off" }),
				h("button", { type: "submit", class: "primary" }, t("create_key")),
			),
			this.#problem,
			this.#created,
			this.#list,
		);
		this.#load();
	}

	async #load() {
		await this.#try(async () => {
			/** @type {Key[]} */
			const keys = (await call("GET", "/keys")).data;
			setChildren(
				this.#list,
				table(
					[t("name"), t("key"), t("state"), t("created"), h("span", { class: "visually-hidden" }, t("revoke"))],
					keys.map((key) => [
						key.name,
						h("code", {}, `${key.prefix}…`),
						key.revoked_at ? t("revoked") : key.operator ? t("operator") : t("active"),
						ago(key.created_at),
						key.revoked_at || key.operator ? "" : this.#revoking(key),
					]),
				),
			);
		});
	}

	/** @param {Key} key */
	#revoking(key) {
		// Asked twice at the same place: what is revoked does not come back.
		const first = button("remove", t("revoke_key", { name: key.name }), () => {
			const confirm = h(
				"button",
				{ type: "button", class: "button danger", onclick: () => this.#revoke(key) },
				t("revoke"),
			);
			first.replaceWith(confirm);
			confirm.focus();
			confirm.addEventListener("blur", () => confirm.replaceWith(first));
		});
		return first;
	}

	/** @param {Key} key */
	async #revoke(key) {
		await this.#try(() => call("DELETE", `/keys/${key.id}`));
		await this.#load();
	}

	/** @param {Event} event */
	async #create(event) {
		event.preventDefault();
		const name = required(/** @type {HTMLInputElement | null} */ (this.querySelector("#key-name")));
		await this.#try(async () => {
			const created = await call("POST", "/keys", { name: name.value });
			name.value = "";
			const secret = h("code", {}, created.key);
			setChildren(
				this.#created,
				h("p", {}, t("key_once", { name: created.name })),
				h(
					"div",
					{ class: "line" },
					secret,
					button("copy", t("copy"), () => copy(created.key), { text: true }),
				),
			);
		});
		await this.#load();
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
