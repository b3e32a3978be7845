import { h, setChildren, required } from "./dom.js";
import { emit } from "./events.js";
import { t } from "./i18n.js";
/** @import { InputImage } from "./types.js" */

const LIMIT = 4096;
const REFERENCE = /@(?:img|image)(\d+)/gi;

/**
 * Read which images a prompt names, each number once.
 *
 * @param {string} prompt
 * @returns {number[]}
 */
export const references = (prompt) => [...new Set([...prompt.matchAll(REFERENCE)].map((match) => Number(match[1])))];

/**
 * A text field in which @img1 stands as a pill, with a list to choose from after "@".
 * Emits "prompt-changed".
 */
export class PromptField extends HTMLElement {
	/** @type {readonly InputImage[]} */
	#images = [];
	#chosen = 0;

	connectedCallback() {
		setChildren(
			this,
			h("label", { class: "visually-hidden", htmlFor: "prompt" }, t("prompt")),
			h(
				"div",
				{ class: "field" },
				h("div", { class: "mirror", "aria-hidden": "true" }),
				h("textarea", {
					id: "prompt",
					rows: 4,
					placeholder: t("prompt_hint"),
					spellcheck: false,
					"aria-autocomplete": "list",
					"aria-controls": "prompt-images",
					"aria-describedby": "prompt-count",
					oninput: () => this.#typed(),
					onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
					onscroll: () => this.#scroll(),
					onclick: () => this.#suggest(),
					onblur: () => this.#close(),
				}),
				h("ul", {
					class: "suggestions",
					id: "prompt-images",
					role: "listbox",
					"aria-label": t("images"),
					hidden: true,
				}),
			),
			h("div", { class: "under" }, h("span", { class: "warning", role: "status" }), h("span", { id: "prompt-count" })),
		);
		this.#draw();
	}

	get #area() {
		return required(this.querySelector("textarea"));
	}

	get #list() {
		return required(/** @type {HTMLElement | null} */ (this.querySelector("[role=listbox]")));
	}

	get value() {
		return this.#area.value;
	}

	set value(text) {
		this.#area.value = text;
		this.#draw();
	}

	/** @param {readonly InputImage[]} images */
	set images(images) {
		this.#images = images;
		this.#draw();
	}

	focus() {
		this.#area.focus();
		this.#area.setSelectionRange(this.value.length, this.value.length);
	}

	/** What is wrong with the text as it stands, in words; empty when nothing is. */
	get trouble() {
		const missing = references(this.value).filter((number) => number < 1 || number > this.#images.length);
		if (missing.length) return t("no_such_image", { names: missing.map((number) => `@img${number}`).join(", ") });
		return this.value.length > LIMIT ? t("too_long", { n: LIMIT }) : "";
	}

	#typed() {
		this.#draw();
		this.#suggest();
		emit(this, "prompt-changed", null);
	}

	#draw() {
		const text = this.value;
		/** @type {(string | HTMLElement)[]} */
		const parts = [];
		let at = 0;
		for (const match of text.matchAll(REFERENCE)) {
			const known = Number(match[1]) >= 1 && Number(match[1]) <= this.#images.length;
			parts.push(text.slice(at, match.index), h("mark", { class: known ? "pill" : "pill wrong" }, match[0]));
			at = match.index + match[0].length;
		}
		// A last line that is empty has no height of its own.
		setChildren(required(this.querySelector(".mirror")), ...parts, `${text.slice(at)}\n`);
		required(this.querySelector("#prompt-count")).textContent =
			text.length > LIMIT / 2 ? `${text.length} / ${LIMIT}` : String(text.length || "");
		required(this.querySelector(".warning")).textContent = this.trouble;
		this.#scroll();
	}

	#scroll() {
		required(this.querySelector(".mirror")).scrollTop = this.#area.scrollTop;
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
		const fitting =
			begun === undefined
				? []
				: this.#images
						.map((image, at) => ({ image, name: `@img${at + 1}` }))
						.filter(({ name }) => name.startsWith(begun) && name !== begun);
		if (!fitting.length) return this.#close();
		this.#chosen = 0;
		setChildren(
			this.#list,
			fitting.map(({ image, name }, at) =>
				h(
					"li",
					{
						id: `prompt-image-${at}`,
						role: "option",
						"aria-selected": String(at === 0),
						data: { name },
						// Before the field loses the focus.
						onpointerdown: (/** @type {Event} */ event) => {
							event.preventDefault();
							this.#insert(name);
						},
					},
					h("img", { src: image.url, alt: "" }),
					h("span", {}, name),
					h("small", {}, image.name),
				),
			),
		);
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
		for (const [index, item] of items.entries()) item.setAttribute("aria-selected", String(index === this.#chosen));
		this.#area.setAttribute("aria-activedescendant", `prompt-image-${this.#chosen}`);
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
