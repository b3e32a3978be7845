import { content } from "./api.js";
import { button, h, icon, setChildren } from "./dom.js";
import { emit } from "./events.js";
import { short, t } from "./i18n.js";
/** @import { Video } from "./types.js" */

const SIDE = 5;

/** A video with controls that know frames. Emits "frame-changed". */
export class Player extends HTMLElement {
	/** @type {Video | null} */
	#of = null;
	#element = h("video", { playsInline: true, loop: true, preload: "auto", tabIndex: -1 });
	#line = h("input", { type: "range", class: "scrub", min: "0", step: "1", "aria-label": t("moment") });
	#time = h("output", { class: "time" });
	#hint = h("span", { class: "hint", "aria-hidden": "true", hidden: true });
	#play = button("play", t("play"), () => this.toggle());
	#loop = button("loop", t("loop"), () => this.loop(), { "aria-pressed": "true" });
	#sound = button("sound", t("mute"), () => this.mute(), { "aria-pressed": "false" });

	/** @param {Video} video */
	show(video) {
		this.#of = video;
		const element = this.#element;
		element.poster = content(video.id, "thumbnail");
		element.src = content(video.id);
		element.width = video.width;
		element.height = video.height;
		this.style.setProperty("--ratio", String(video.width / video.height));
		this.#line.max = String(this.frames - 1);
		this.#hint.style.backgroundImage = `url("${content(video.id, "spritesheet")}")`;
		this.#moved();
	}

	connectedCallback() {
		const element = this.#element;
		for (const name of ["timeupdate", "seeking", "seeked", "loadedmetadata"])
			element.addEventListener(name, () => this.#moved());
		for (const name of ["play", "pause"]) element.addEventListener(name, () => this.#state());
		element.addEventListener("click", () => this.toggle());
		this.#line.addEventListener("input", () => (this.frame = Number(this.#line.value)));
		this.#line.addEventListener("pointermove", (event) => this.#preview(event));
		this.#line.addEventListener("pointerleave", () => (this.#hint.hidden = true));
		setChildren(
			this,
			h("div", { class: "screen" }, element),
			h(
				"div",
				{ class: "controls" },
				h("div", { class: "track" }, this.#line, this.#hint),
				h(
					"div",
					{ class: "row" },
					this.#play,
					button("back", t("frame_back"), () => this.step(-1)),
					button("forward", t("frame_on"), () => this.step(1)),
					this.#time,
					h("span", { class: "gap" }),
					this.#loop,
					this.#sound,
					button("full", t("full_screen"), () => this.full()),
				),
			),
		);
		this.#smooth();
	}

	/** Between the rare "timeupdate" events the scrubber follows each frame that is shown. */
	#smooth() {
		if (!("requestVideoFrameCallback" in this.#element)) return;
		const next = () => {
			this.#moved();
			if (this.isConnected) this.#element.requestVideoFrameCallback(next);
		};
		this.#element.requestVideoFrameCallback(next);
	}

	get fps() {
		return this.#of?.fps || 24;
	}

	get frames() {
		return Math.round(Number(this.#of?.seconds ?? 1) * this.fps);
	}

	/** The second that is shown. */
	get time() {
		return this.#element.currentTime;
	}

	/** The frame that is shown, from 0. */
	get frame() {
		return Math.min(this.frames - 1, Math.floor(this.time * this.fps + 0.01));
	}

	set frame(frame) {
		const within = Math.min(this.frames - 1, Math.max(0, frame));
		// The middle of a frame: at its very beginning a decoder may show the one before.
		this.#element.currentTime = (within + 0.5) / this.fps;
		this.#moved();
	}

	/** @param {number} by */
	step(by) {
		this.#element.pause();
		this.frame += by;
	}

	toggle() {
		if (this.#element.paused) this.#element.play().catch(() => this.#state());
		else this.#element.pause();
	}

	pause() {
		this.#element.pause();
	}

	loop() {
		this.#element.loop = !this.#element.loop;
		this.#loop.setAttribute("aria-pressed", String(this.#element.loop));
	}

	mute() {
		this.#element.muted = !this.#element.muted;
		this.#state();
	}

	full() {
		if (document.fullscreenElement) document.exitFullscreen();
		else this.#element.requestFullscreen?.();
	}

	/** The frame that is shown, as a PNG image. */
	async still() {
		const canvas = h("canvas", { width: this.#element.videoWidth, height: this.#element.videoHeight });
		canvas.getContext("2d")?.drawImage(this.#element, 0, 0);
		return new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => canvas.toBlob(resolve, "image/png"));
	}

	#state() {
		const { paused, muted } = this.#element;
		setChildren(this.#play, icon(paused ? "play" : "pause"));
		this.#play.setAttribute("aria-label", paused ? t("play") : t("pause"));
		setChildren(this.#sound, icon(muted ? "mute" : "sound"));
		this.#sound.setAttribute("aria-pressed", String(muted));
	}

	#moved() {
		const { frame, frames } = this;
		this.#line.value = String(frame);
		this.#line.style.setProperty("--done", `${(frame / Math.max(1, frames - 1)) * 100}%`);
		const text = `${this.time.toFixed(2)} s`;
		this.#line.setAttribute("aria-valuetext", `${text}, ${t("frame", { n: frame })}`);
		setChildren(
			this.#time,
			h("b", {}, text),
			` / ${short(this.#of?.seconds ?? "0")}`,
			h("small", {}, t("frame", { n: frame })),
		);
		emit(this, "frame-changed", null);
	}

	/** @param {PointerEvent} event */
	#preview(event) {
		const box = this.#line.getBoundingClientRect();
		const part = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
		const cell = Math.floor(part * SIDE * SIDE);
		this.#hint.hidden = false;
		this.#hint.style.left = `${part * 100}%`;
		this.#hint.style.backgroundPosition = `${((cell % SIDE) / (SIDE - 1)) * 100}% ${(Math.floor(cell / SIDE) / (SIDE - 1)) * 100}%`;
		this.#hint.dataset.time = `${((part * this.frames) / this.fps).toFixed(1)} s`;
	}
}

customElements.define("gv-player", Player);
