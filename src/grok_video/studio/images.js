import { button, h, icon, setChildren, required } from "./dom.js";
import { emit } from "./events.js";
import { t } from "./i18n.js";
/** @import { InputImage } from "./types.js" */

const CACHE = "grok-video-draft";

/**
 * The images of a request: chosen, dropped or pasted, in their order. Emits "images-changed" and "images-full".
 * They outlive a reload in the browser's cache, where it has one.
 */
export class ImageStrip extends HTMLElement {
	/** @type {InputImage[]} */
	#images = [];
	#max = 7;
	/** @type {number | null} */
	#dragged = null;
	/** Whether these are the draft's, which outlive a reload. */
	kept = true;

	connectedCallback() {
		addEventListener("paste", (event) => {
			const files = imageFiles(event.clipboardData);
			if (files.length) event.preventDefault();
			this.add(files);
		});
		this.#draw();
	}

	get images() {
		return this.#images;
	}

	get files() {
		return this.#images.map((image) =>
			image.blob instanceof File ? image.blob : new File([image.blob], image.name, { type: image.blob.type }),
		);
	}

	/** @param {number} max */
	set max(max) {
		this.#max = max;
		const over = this.#images.length - max;
		if (over > 0) {
			this.#images.length = max;
			this.#changed();
			emit(this, "images-full", max);
		} else this.#draw();
	}

	/** @param {readonly Blob[]} files */
	add(files) {
		if (!files.length) return;
		const room = this.#max - this.#images.length;
		this.#images.push(
			...files
				.slice(0, room)
				.map((blob) => ({ blob, name: blob instanceof File ? blob.name : t("image"), url: URL.createObjectURL(blob) })),
		);
		this.#changed();
		if (files.length > room) emit(this, "images-full", this.#max);
	}

	/** @param {readonly Blob[]} files */
	set(files) {
		for (const image of this.#images) URL.revokeObjectURL(image.url);
		this.#images = [];
		this.add(files);
		this.#changed();
	}

	/**
	 * @param {number} from
	 * @param {number} to
	 */
	#move(from, to) {
		if (to < 0 || to >= this.#images.length || from === to) return;
		this.#images.splice(to, 0, ...this.#images.splice(from, 1));
		this.#changed();
	}

	/** @param {number} at */
	#remove(at) {
		for (const image of this.#images.splice(at, 1)) URL.revokeObjectURL(image.url);
		this.#changed();
		required(/** @type {HTMLElement | null} */ (this.querySelector(".add, button"))).focus();
	}

	#changed() {
		this.#draw();
		this.#keep();
		emit(this, "images-changed", null);
	}

	#draw() {
		const chooser = h("input", {
			type: "file",
			accept: "image/*",
			multiple: true,
			hidden: true,
			onchange: () => {
				this.add([...(chooser.files ?? [])]);
				chooser.value = "";
			},
		});
		const full = this.#images.length >= this.#max;
		setChildren(
			this,
			h(
				"ol",
				{ class: "images", "aria-label": t("images") },
				this.#images.map((image, at) => this.#item(image, at)),
			),
			full
				? null
				: h(
						"button",
						{ type: "button", class: "add", onclick: () => chooser.click() },
						icon("image"),
						h("span", {}, this.#images.length ? t("add") : t("add_images")),
					),
			chooser,
		);
	}

	/**
	 * @param {InputImage} image
	 * @param {number} at
	 */
	#item(image, at) {
		const name = `@img${at + 1}`;
		return h(
			"li",
			{
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
			h("img", { src: image.url, alt: image.name }),
			h("b", {}, name),
			h(
				"span",
				{ class: "tools" },
				at > 0 && button("back", t("earlier", { name }), () => this.#step(at, -1)),
				at < this.#images.length - 1 && button("forward", t("later", { name }), () => this.#step(at, 1)),
				button("close", t("remove_image", { name }), () => this.#remove(at)),
			),
		);
	}

	/**
	 * @param {number} at
	 * @param {number} by
	 */
	#step(at, by) {
		this.#move(at, at + by);
		// The focus stays with the image that was moved.
		required(/** @type {HTMLElement | null} */ (this.querySelectorAll("li")[at + by].querySelector("button"))).focus();
	}

	async #keep() {
		if (!this.kept || !("caches" in window)) return;
		const cache = await caches.open(CACHE);
		const wanted = this.#images.map((image, at) =>
			cache.put(
				`/draft/${at}`,
				new Response(image.blob, {
					headers: { "x-name": encodeURIComponent(image.name) },
				}),
			),
		);
		await Promise.all([...wanted, cache.delete(`/draft/${this.#images.length}`)]);
	}

	/** Take up what the last visit left. */
	async restore() {
		if (!("caches" in window)) return;
		const cache = await caches.open(CACHE);
		/** @type {File[]} */
		const files = [];
		for (let at = 0; at < this.#max; at += 1) {
			const kept = await cache.match(`/draft/${at}`);
			if (!kept) break;
			const blob = await kept.blob();
			files.push(new File([blob], decodeURIComponent(kept.headers.get("x-name") ?? ""), { type: blob.type }));
		}
		this.add(files);
	}
}

/**
 * Find the images in something dropped or pasted.
 *
 * @param {DataTransfer | null} data
 */
export const imageFiles = (data) => [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));

customElements.define("gv-images", ImageStrip);
