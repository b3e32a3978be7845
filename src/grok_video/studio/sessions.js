import { ApiError, call } from "./api.js";
import { h, setChildren } from "./dom.js";
import { ago, t } from "./i18n.js";
import { table } from "./queue.js";

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {number} created_at
 * @property {string} address
 * @property {string} user_agent
 * @property {boolean} current
 */

// The first that matches: the others name themselves after Chrome and Safari.
const BROWSERS = ["Firefox", "Edg", "OPR", "Chrome", "Safari"];
const NAMES = /** @type {Record<string, string>} */ ({ Edg: "Edge", OPR: "Opera" });
const SYSTEMS = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"];

/**
 * Return a browser's name and system, as far as its User-Agent tells.
 *
 * @param {string} agent
 */
function browserOf(agent) {
	const browser = BROWSERS.find((name) => agent.includes(`${name}/`));
	const system = SYSTEMS.find((name) => agent.includes(name));
	const known = [browser && (NAMES[browser] ?? browser), system].filter(Boolean);
	return known.join(", ") || agent.slice(0, 40) || "–";
}

/** Where this key is signed in: end one session, or all of them. */
export class Sessions extends HTMLElement {
	#list = h("div", {}, h("div", { class: "skeleton block" }));
	#problem = h("p", { class: "problem", role: "alert" });

	connectedCallback() {
		setChildren(
			this,
			h("h2", {}, t("sessions")),
			h("p", { class: "lead" }, t("sessions_text")),
			h(
				"div",
				{ class: "line" },
				h("button", { type: "button", class: "button danger", onclick: () => this.#end("", true) }, t("end_all")),
			),
			this.#problem,
			this.#list,
		);
		this.#load();
	}

	async #load() {
		await this.#try(async () => {
			/** @type {Entry[]} */
			const entries = (await call("GET", "/sessions")).data;
			setChildren(
				this.#list,
				table(
					[t("started"), t("address"), t("browser"), h("span", { class: "visually-hidden" }, t("end"))],
					entries.map((entry) => [
						ago(entry.created_at),
						entry.address,
						h("span", { title: entry.user_agent }, browserOf(entry.user_agent)),
						entry.current ? t("this_session") : this.#ending(entry),
					]),
				),
			);
		});
	}

	/** @param {Entry} entry */
	#ending(entry) {
		const end = () => this.#end(`/${entry.id}`, false);
		return h("button", { type: "button", class: "button", onclick: end }, t("end"));
	}

	/**
	 * @param {string} path
	 * @param {boolean} own Whether this session ends too, and the page with it.
	 */
	async #end(path, own) {
		const ended = await this.#try(() => call("DELETE", `/sessions${path}`));
		if (ended && own) location.reload();
		else if (ended) await this.#load();
	}

	/**
	 * Do something, and return whether it worked; what went wrong is shown.
	 *
	 * @param {() => Promise<unknown>} act
	 */
	async #try(act) {
		this.#problem.textContent = "";
		try {
			await act();
			return true;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.#problem.textContent = error.message || t("error_unreachable");
			return false;
		}
	}
}

customElements.define("gv-sessions", Sessions);
