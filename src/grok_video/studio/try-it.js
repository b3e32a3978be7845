import { h, setChildren } from "./dom.js";
import { fieldsOf } from "./openapi.js";
/** @import { Entry, Field } from "./openapi.js" */

const LAST = "api-docs-last-video";

/** A form that sends one operation with the session of the page, and shows the response. */
export class TryIt {
	/** @type {Map<string, HTMLInputElement>} */
	#inputs = new Map();
	/** @type {HTMLTextAreaElement | null} */
	#body = null;
	#entry;
	#output = h("div", { class: "output", "aria-live": "polite" });

	/**
	 * @param {Entry} entry
	 * @param {boolean} signedIn
	 */
	constructor(entry, signedIn) {
		this.#entry = entry;
		const parameters = fieldsOf(entry).filter((field) => field.where === "path" || field.where === "query");
		const open = entry.operation.security !== undefined;
		const usable = signedIn || open;
		this.element = h(
			"details",
			{ class: "try" },
			h("summary", {}, "Try it"),
			h(
				"form",
				{ onsubmit: (/** @type {Event} */ event) => this.#send(event) },
				parameters.map((field) => this.#field(field)),
				this.#bodyField(),
				h("button", { type: "submit", class: "primary", disabled: !usable }, usable ? "Send" : "Sign in to send"),
			),
			this.#output,
		);
		// The form is opened after a video was made on this page: its id is the one that is meant.
		this.element.addEventListener("toggle", () => this.#fill());
	}

	/** @param {Field} field */
	#field({ name, where, required, fallback }) {
		const id = `${this.#entry.operation.operationId}-${name}`;
		const input = h("input", { id, required, placeholder: required ? "" : fallback, data: { where } });
		this.#inputs.set(name, input);
		return h("label", { htmlFor: id }, h("span", {}, name), input);
	}

	#bodyField() {
		const [first] = this.#entry.requests;
		if (!first) return null;
		const id = `${this.#entry.operation.operationId}-body`;
		const text = JSON.stringify(first.value, null, 2);
		this.#body = h("textarea", { id, value: text, rows: text.split("\n").length, spellcheck: false });
		return h("label", { htmlFor: id }, h("span", {}, "Body"), this.#body);
	}

	#fill() {
		const id = this.#inputs.get("id");
		if (id && !id.value && this.#entry.path.startsWith("/v1/video")) id.value = sessionStorage.getItem(LAST) ?? "";
	}

	/** @param {Event} event */
	async #send(event) {
		event.preventDefault();
		if (this.#body) {
			try {
				JSON.parse(this.#body.value);
			} catch (error) {
				setChildren(this.#output, h("p", { class: "problem" }, `The body is not valid JSON: ${error}`));
				return;
			}
		}
		const url = this.#url();
		const started = performance.now();
		setChildren(this.#output, h("p", { class: "hint" }, `Waiting for ${url} …`));
		try {
			const response = await fetch(url, {
				method: this.#entry.method,
				headers: this.#body ? { "content-type": "application/json" } : {},
				body: this.#body?.value,
			});
			await this.#show(response, url, performance.now() - started);
		} catch (error) {
			setChildren(this.#output, h("p", { class: "problem" }, `The server cannot be reached: ${error}`));
		}
	}

	#url() {
		let path = this.#entry.path;
		const query = new URLSearchParams();
		for (const [name, input] of this.#inputs) {
			if (input.dataset.where === "path") path = path.replace(`{${name}}`, encodeURIComponent(input.value));
			else if (input.value) query.set(name, input.value);
		}
		return query.size ? `${path}?${query}` : path;
	}

	/**
	 * @param {Response} response
	 * @param {string} url
	 * @param {number} milliseconds
	 */
	async #show(response, url, milliseconds) {
		const line = h(
			"p",
			{ class: response.ok ? "good" : "problem" },
			`${response.status} ${response.statusText} in ${Math.round(milliseconds)} ms`,
		);
		setChildren(this.#output, line, await this.#content(response, url));
	}

	/**
	 * @param {Response} response
	 * @param {string} url
	 */
	async #content(response, url) {
		const type = response.headers.get("content-type") ?? "";
		if (type.startsWith("text/event-stream")) {
			await response.body?.cancel();
			return h("p", { class: "hint" }, "The stream is open; it was closed again, because it never ends.");
		}
		if (type.startsWith("video/")) return h("video", { src: url, controls: true });
		if (type.startsWith("image/")) return h("img", { src: url, alt: "The image of the response" });
		const text = await response.text();
		try {
			const content = JSON.parse(text);
			if (content.object === "video" || content.task_id) sessionStorage.setItem(LAST, content.id);
			return h("pre", { tabIndex: 0 }, h("code", {}, JSON.stringify(content, null, 2)));
		} catch {
			return h("pre", { tabIndex: 0 }, h("code", {}, text));
		}
	}
}
