import { content, firstInput, preview as previewOf } from "./api.js";
import { button, h, setChildren } from "./dom.js";
import { emit } from "./events.js";
import { ago, duration, explain, short, t } from "./i18n.js";
/** @import { VideoAction } from "./events.js" */
/** @import { QueuePosition, Video } from "./types.js" */

const SIDE = 5;

/**
 * A video in the gallery: its poster and a preview under the pointer, or how far it is and how it looks so far, or why it
 * failed.
 * Emits "video-action".
 */
export class Card extends HTMLElement {
	/** @type {Video | null} */
	#video = null;
	/** What was drawn last: only progress may change without drawing all of it anew. */
	#drawn = "";
	/** The image of the unfinished video that was asked for last. */
	#asked = "";

	/**
	 * @param {Video} video
	 * @param {QueuePosition | undefined} place
	 * @param {boolean} previews Whether its backend shows unfinished videos.
	 */
	show(video, place, previews) {
		this.#video = video;
		// What failed has something to say, whatever its shape would have been.
		const ratio = video.status === "failed" ? 1.5 : video.width / video.height;
		this.style.setProperty("--ratio", String(ratio));
		this.dataset.id = video.id;
		this.dataset.status = video.status;
		const drawn = `${video.status} ${video.error?.code}`;
		if (drawn !== this.#drawn) {
			this.#drawn = drawn;
			this.#asked = "";
			setChildren(
				this,
				this.#stage(video),
				h(
					"div",
					{ class: "caption" },
					h("p", { title: video.prompt }, video.prompt),
					h("small", {}, this.#small(video)),
				),
			);
		}
		if (video.status === "queued" || video.status === "in_progress") {
			this.#progress(video, place);
			this.#look(video, previews);
		}
	}

	/**
	 * Show how an unfinished video looks so far, or else what it is made from, blurred.
	 *
	 * @param {Video} video
	 * @param {boolean} previews
	 */
	#look(video, previews) {
		// The first progress is told when the first preview is there.
		const made = previews && video.status === "in_progress" && video.progress > 0;
		const address = made ? previewOf(video.id, video.progress) : origin(video);
		if (!address || address === this.#asked) return;
		this.#asked = address;
		const image = new Image();
		image.alt = "";
		image.className = made ? "shown" : "shown blurred";
		// Not before it is there, and not in the place of a newer one.
		image.onload = () => {
			const stage = this.querySelector(".pending");
			if (address !== this.#asked || !stage) return;
			stage.querySelector(".shown")?.remove();
			stage.prepend(image);
		};
		image.src = address;
	}

	/** @param {Video} video */
	#small(video) {
		const operation = { create: "", remix: `${t("remixed")} · `, extend: `${t("extended")} · ` }[
			video.metadata.operation
		];
		return `${operation}${ago(video.created_at)}`;
	}

	/** @param {Video} video */
	#stage(video) {
		if (video.status === "failed") return this.#failed(video);
		if (video.status !== "completed") return this.#pending(video);
		const preview = h("span", { class: "preview", "aria-hidden": "true" });
		preview.hidden = true;
		return h(
			"a",
			{
				class: "stage",
				href: `#/video/${video.id}`,
				"aria-label": `${t("open_video", { prompt: video.prompt })}, ${short(video.seconds)}`,
				onpointermove: (/** @type {PointerEvent} */ event) => this.#preview(event, preview),
				onpointerleave: () => (preview.hidden = true),
			},
			h("img", {
				src: content(video.id, "thumbnail"),
				alt: "",
				loading: "lazy",
				decoding: "async",
				width: video.width,
				height: video.height,
			}),
			preview,
			h("span", { class: "length" }, short(video.seconds)),
		);
	}

	/**
	 * Show the moment of the film that the pointer is at, from the sheet of 25 stills.
	 *
	 * @param {PointerEvent} event
	 * @param {HTMLElement} preview
	 */
	#preview(event, preview) {
		if (event.pointerType !== "mouse" || !this.#video) return;
		const box = this.getBoundingClientRect();
		const at = Math.min(
			SIDE * SIDE - 1,
			Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * SIDE * SIDE)),
		);
		if (!preview.style.backgroundImage) {
			const sheet = new Image();
			sheet.src = content(this.#video.id, "spritesheet");
			preview.style.backgroundImage = `url("${sheet.src}")`;
			// Not before it is there: an empty box would hide the poster.
			sheet.onload = () => preview.classList.add("ready");
		}
		preview.hidden = false;
		preview.style.backgroundPosition = `${((at % SIDE) / (SIDE - 1)) * 100}% ${(Math.floor(at / SIDE) / (SIDE - 1)) * 100}%`;
		preview.style.setProperty("--at", String((at + 1) / (SIDE * SIDE)));
	}

	/** @param {Video} video */
	#pending(video) {
		return h(
			"div",
			{ class: "stage pending" },
			h(
				"div",
				{
					class: "bar",
					role: "progressbar",
					"aria-label": t("progress_of", { prompt: video.prompt }),
					"aria-valuemin": "0",
					"aria-valuemax": "100",
				},
				h("i", {}),
			),
			h("p", { class: "state" }),
			button("close", t("cancel"), () => this.#act("cancel"), { class: "button bare quiet" }),
		);
	}

	/**
	 * @param {Video} video
	 * @param {QueuePosition | undefined} place
	 */
	#progress(video, place) {
		const bar = this.querySelector(".bar");
		bar?.setAttribute("aria-valuenow", String(video.progress));
		this.style.setProperty("--done", `${video.progress}%`);
		const left = place?.eta_seconds != null ? t("about_left", { time: duration(place.eta_seconds) }) : "";
		const state =
			video.status === "in_progress"
				? `${video.progress} %`
				: place?.position
					? t("in_line", { n: place.position })
					: t("queued");
		const line = this.querySelector(".state");
		if (line) setChildren(line, h("b", {}, state), left && h("span", {}, left));
	}

	/** @param {Video} video */
	#failed(video) {
		const { code = "internal_error", message = "" } = video.error ?? {};
		const cancelled = code === "cancelled";
		return h(
			"div",
			{ class: cancelled ? "stage failed cancelled" : "stage failed" },
			h("p", {}, h("b", {}, cancelled ? t("cancelled") : t("failed"))),
			cancelled ? null : h("p", { class: "words", title: message }, explain(code, message).advice),
			cancelled ? null : h("code", {}, code),
			h(
				"div",
				{ class: "tools" },
				button("retry", t("try_again"), () => this.#act("retry"), { text: true }),
				button("help", t("details"), () => this.#act("open")),
				button("remove", t("delete"), () => this.#act("delete")),
			),
		);
	}

	/** @param {VideoAction} action */
	#act(action) {
		if (this.#video) emit(this, "video-action", { action, video: this.#video, start: null });
	}
}

/**
 * Return the address of an image of what a video is made from, or an empty text.
 *
 * @param {Video} video
 */
function origin(video) {
	if (video.source_video_id) return content(video.source_video_id, "thumbnail");
	return video.metadata.mode === "text" ? "" : firstInput(video.id);
}

customElements.define("gv-card", Card);
