import { ApiError, call, content } from "./api.js";
import { button, h, keepingFocus, setChildren, segments } from "./dom.js";
import { emit, on } from "./events.js";
import { explain, t } from "./i18n.js";
import { ImageStrip, imageFiles } from "./images.js";
import { PromptField, references } from "./prompt.js";
import { FIXED, DEFAULTS, body, request } from "./request.js";
/** @import { Model, Video, VideoSpec } from "./types.js" */

const DRAFT = "draft";

/**
 * Where a video is asked for: prompt, images, and only those choices that the model has.
 * Emits "video-created".
 */
export class Composer extends HTMLElement {
	/** @type {Model[]} */
	#models = [];
	/** @type {VideoSpec} */
	#spec = { ...DEFAULTS, ...kept() };
	/** The draft that waits while a remix or extend is written. @type {{spec: VideoSpec, files: Blob[]} | null} */
	#waiting = null;
	/** @type {Video | null} */
	#source = null;
	#copies = 1;
	/** One for each copy of the request as it stands: asking again after a lost answer makes no second video. @type {string[]} */
	#keys = [];
	#prompt = new PromptField();
	#strip = new ImageStrip();
	#target = h("div", { class: "target", hidden: true });
	#role = h("div", { class: "role" });
	#choices = h("div", { class: "choices" });
	#summary = h("summary");
	#error = h("div", { class: "problem", role: "alert" });
	#submit = h("button", { type: "submit", class: "primary" });

	connectedCallback() {
		setChildren(
			this,
			h(
				"form",
				{
					"aria-label": t("new_video"),
					onsubmit: (/** @type {Event} */ event) => {
						event.preventDefault();
						this.submit();
					},
					onkeydown: (/** @type {KeyboardEvent} */ event) => {
						if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
						event.preventDefault();
						this.submit();
					},
				},
				this.#target,
				this.#prompt,
				h("section", { class: "references" }, this.#strip, this.#role),
				h("details", { class: "more", open: matchMedia("(min-width: 40rem)").matches }, this.#summary, this.#choices),
				this.#error,
				this.#submit,
			),
		);
		this.#prompt.value = this.#spec.prompt;
		on(this.#prompt, "prompt-changed", () => this.#changed({ prompt: this.#prompt.value }));
		on(this.#strip, "images-changed", () => {
			this.#prompt.images = this.#strip.images;
			this.#changed({});
		});
		on(this.#strip, "images-full", (max) => this.#fail(t("too_many_images", { n: max })));
		this.#takeDrops();
		this.#strip.restore();
	}

	#takeDrops() {
		let depth = 0;
		const over = (/** @type {number} */ by) => {
			depth = Math.max(0, depth + by);
			document.documentElement.classList.toggle("dropping", depth > 0);
		};
		const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
		addEventListener("dragenter", (event) => carries(event) && over(1));
		addEventListener("dragleave", (event) => carries(event) && over(-1));
		addEventListener("dragover", (event) => carries(event) && event.preventDefault());
		addEventListener("drop", (event) => {
			if (!carries(event)) return;
			event.preventDefault();
			over(-depth);
			this.#strip.add(imageFiles(event.dataTransfer));
		});
	}

	/** @param {Model[]} models */
	set models(models) {
		this.#models = models;
		this.#draw();
	}

	get #capabilities() {
		return this.#models.find((model) => model.id === this.#spec.model)?.capabilities;
	}

	/** @param {Partial<VideoSpec>} change */
	#changed(change) {
		this.#spec = { ...this.#spec, ...change };
		this.#error.replaceChildren();
		this.#keys = [];
		this.#remember();
		keepingFocus(() => this.#draw());
	}

	#remember() {
		if (this.#spec.operation === "create") localStorage.setItem(DRAFT, JSON.stringify(this.#spec));
	}

	focus() {
		this.#prompt.focus();
	}

	/**
	 * Begin a remix or an extend of a finished video.
	 *
	 * @param {Video} video
	 * @param {"remix" | "extend"} operation
	 * @param {number | null} [start]
	 */
	derive(video, operation, start = null) {
		this.load({ ...DEFAULTS, operation, start, source: video.id, size: "", model: video.model, seconds: 6 }, [], video);
	}

	/**
	 * Take up settings, as those of an earlier video.
	 *
	 * @param {VideoSpec} spec
	 * @param {readonly Blob[]} images
	 * @param {Video | null} source
	 */
	load(spec, images, source = null) {
		if (spec.operation !== "create" && this.#spec.operation === "create") {
			this.#waiting = { spec: this.#spec, files: this.#strip.files };
		}
		this.#strip.kept = spec.operation === "create";
		this.#source = spec.operation === "create" ? null : source;
		this.#strip.set(images);
		this.#prompt.value = spec.prompt;
		this.#changed(spec);
		this.focus();
	}

	#leave() {
		const { spec, files } = this.#waiting ?? { spec: DEFAULTS, files: [] };
		this.#waiting = null;
		this.load(spec, files);
	}

	get #mode() {
		const count = this.#strip.images.length;
		if (!count) return "text";
		if (count > 2 || references(this.#spec.prompt).length || this.#spec.operation === "extend") return "reference";
		return count === 1 ? "first_frame" : "first_last_frame";
	}

	#draw() {
		const able = this.#capabilities;
		if (!able) return;
		const { operation, model, ratio, size, seconds, seed } = this.#spec;
		this.#strip.max = able.max_images;
		this.#strip.hidden = operation === "remix" || !able.max_images;
		this.#drawTarget();
		this.#drawRole();
		const fixed = FIXED.get(model);
		this.#summary.textContent = [
			t("settings"),
			modelName(model),
			operation !== "remix" && `${fixed ?? seconds} s`,
			size,
			ratio,
		]
			.filter(Boolean)
			.join(" · ");
		setChildren(
			this.#choices,
			segments(
				"model",
				t("model"),
				this.#models.map((entry) => ({ value: entry.id, label: modelName(entry.id), title: entry.id })),
				model,
				(value) => this.#changed({ model: value }),
			),
			operation !== "extend" &&
				segments(
					"ratio",
					t("ratio"),
					[
						{ value: "", label: t("auto"), title: operation === "remix" ? t("as_source") : t("auto_ratio") },
						...able.aspect_ratios.map((value) => ({ value, label: shape(value), title: value })),
					],
					ratio,
					(value) => this.#changed({ ratio: value }),
				),
			segments(
				"size",
				t("size"),
				[
					...(operation === "create" ? [] : [{ value: "", label: t("as_source") }]),
					...able.sizes.map((value) => ({ value, label: value })),
				],
				size,
				(value) => this.#changed({ size: value }),
			),
			operation !== "remix" &&
				(fixed
					? h(
							"div",
							{ class: "length fixed" },
							h("span", {}, t("length")),
							h("output", {}, t("always_seconds", { n: fixed })),
						)
					: this.#length(able.seconds, seconds)),
			h(
				"div",
				{ class: "pair" },
				operation === "create" &&
					segments(
						"copies",
						t("copies"),
						[1, 2, 4].map((n) => ({ value: String(n), label: `×${n}` })),
						String(this.#copies),
						(value) => {
							this.#copies = Number(value);
							this.#changed({});
						},
					),
				h(
					"label",
					{ class: "seed" },
					h("span", {}, t("seed")),
					h("input", {
						type: "number",
						id: "seed",
						min: "0",
						max: String(2 ** 32 - 1),
						step: "1",
						placeholder: t("random"),
						value: seed ?? "",
						// Not drawn anew: what is clicked next must still be there.
						oninput: (/** @type {Event} */ event) => {
							const { value } = /** @type {HTMLInputElement} */ (event.target);
							this.#spec = { ...this.#spec, seed: value === "" ? null : Number(value) };
							this.#keys = [];
							this.#remember();
						},
					}),
				),
			),
		);
		this.#drawSubmit(able.costs[size] ?? able.cost_per_second);
	}

	/**
	 * @param {number[]} allowed
	 * @param {number} seconds
	 */
	#length(allowed, seconds) {
		const output = h("output", { htmlFor: "length" }, t("seconds", { n: seconds }));
		return h(
			"div",
			{ class: "length" },
			h("label", { htmlFor: "length" }, t("length")),
			output,
			h("input", {
				type: "range",
				id: "length",
				min: String(allowed[0]),
				max: String(allowed.at(-1)),
				value: String(seconds),
				oninput: (/** @type {Event} */ event) => {
					const value = Number(/** @type {HTMLInputElement} */ (event.target).value);
					output.textContent = t("seconds", { n: value });
					// Not drawn anew: the slider is being held.
					this.#spec = { ...this.#spec, seconds: value };
					this.#keys = [];
				},
				onchange: () => this.#changed({}),
			}),
		);
	}

	#drawTarget() {
		const { operation, start } = this.#spec;
		this.#target.hidden = operation === "create";
		if (operation === "create") return;
		const from = start === null ? t("from_end") : t("from_second", { at: start.toFixed(2) });
		setChildren(
			this.#target,
			this.#source && h("img", { src: content(this.#source.id, "thumbnail"), alt: "" }),
			h(
				"div",
				{},
				h("strong", {}, operation === "remix" ? t("remix_of") : `${t("extend_of")} ${from}`),
				h("span", {}, this.#source?.prompt ?? ""),
			),
			button("close", t("back_to_new"), () => this.#leave()),
		);
	}

	#drawRole() {
		const count = this.#strip.images.length;
		const mode = this.#mode;
		if (!count || this.#spec.operation !== "create") return setChildren(this.#role);
		if (count > 2) return setChildren(this.#role, h("p", {}, t("role_reference_many")));
		const frames = count === 1 ? "first_frame" : "first_last_frame";
		const options = [frames, "reference"]
			.filter((mode) => this.#capabilities?.modes.includes(mode))
			.map((value) => ({ value, label: t(/** @type {"role_reference"} */ (`role_${value}`)) }));
		return setChildren(
			this.#role,
			segments("role", t("role"), options, mode, (value) => this.#play(value)),
		);
	}

	/**
	 * Let the images play another part. The words decide that on the wire, so it is the words that change.
	 *
	 * @param {string} role
	 */
	#play(role) {
		const { prompt } = this.#spec;
		const names = this.#strip.images.map((_, at) => `@img${at + 1}`).join(" ");
		const changed =
			role === "reference"
				? `${prompt.trimEnd()} ${names}`.trim()
				: prompt.replace(/\s*@(?:img|image)\d+/gi, "").trim();
		this.#prompt.value = changed;
		this.#changed({ prompt: changed });
	}

	/** @param {number | null} price */
	#drawSubmit(price) {
		const { operation, seconds, model } = this.#spec;
		const cost = price && operation !== "remix" ? price * (FIXED.get(model) ?? seconds) * this.#copies : 0;
		const label =
			this.#copies > 1 && operation === "create" ? t("make_many", { n: this.#copies }) : t(`make_${operation}`);
		setChildren(
			this.#submit,
			h("span", {}, label),
			cost ? h("small", {}, `≈ $${cost.toFixed(2)}`) : h("kbd", {}, "Ctrl ↵"),
		);
	}

	/** Ask for the video, or say what is missing. */
	async submit() {
		const trouble = this.#prompt.value.trim() ? this.#prompt.trouble : t("prompt_missing");
		if (trouble) {
			this.#fail(trouble);
			return this.#prompt.focus();
		}
		if (this.#submit.disabled) return;
		this.#submit.disabled = true;
		this.#error.replaceChildren();
		const copies = this.#spec.operation === "create" ? this.#copies : 1;
		try {
			for (let at = 0; at < copies; at += 1) {
				const seed = this.#spec.seed === null ? null : this.#spec.seed + at;
				const { path, fields } = request({ ...this.#spec, seed });
				const images = this.#strip.hidden ? [] : this.#strip.images;
				const requestedAt = performance.now();
				this.#keys[at] ??= newKey();
				const video = await call("POST", path, body(fields, images), { key: this.#keys[at] });
				emit(this, "video-created", { video, requestedAt });
			}
			this.#keys = [];
			if (this.#spec.operation !== "create") this.#leave();
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			const { advice, message } = explain(error.code, error.message);
			this.#fail(advice, message, error.code);
		} finally {
			this.#submit.disabled = false;
		}
	}

	/**
	 * @param {string} advice
	 * @param {string} [message]
	 * @param {string} [code]
	 */
	#fail(advice, message, code) {
		setChildren(
			this.#error,
			h("p", {}, advice),
			message && h("p", { class: "words" }, message),
			code && h("code", {}, code),
		);
	}
}

/** @returns {Partial<VideoSpec>} */
function kept() {
	try {
		return JSON.parse(localStorage.getItem(DRAFT) ?? "{}");
	} catch {
		return {};
	}
}

export const newKey = () =>
	[...crypto.getRandomValues(new Uint32Array(4))].map((number) => number.toString(16)).join("-");

/** @param {string} id */
export const modelName = (id) =>
	({ "grok-video-3": t("standard"), "grok-video-3-pro": "Pro 10 s", "grok-video-3-max": "Max 15 s" })[id] ?? id;

/** @param {string} ratio */
function shape(ratio) {
	const drawn = h("i", { class: "shape", "aria-hidden": "true" });
	drawn.style.aspectRatio = ratio.replace(":", " / ");
	return h("span", { class: "shaped" }, drawn, ratio);
}

customElements.define("gv-composer", Composer);
