import { content } from "./api.js";
import { button, h, icon, setChildren, segments } from "./dom.js";
import { t } from "./i18n.js";
/** @import { Video } from "./types.js" */

/** Two videos in step: side by side, or one wiped over the other. */
export class Compare extends HTMLElement {
	/** Loaded and put into the page when it is wanted, gone with its dialog. */
	#dialog = h("dialog", { class: "compare", "aria-label": t("compare") });

	connectedCallback() {
		setChildren(this, this.#dialog);
		this.#dialog.addEventListener("close", () => this.remove());
	}

	/**
	 * @param {Video} parent
	 * @param {Video} child
	 */
	show(parent, child) {
		const [before, after] = [parent, child].map((video) =>
			h("video", {
				src: content(video.id),
				poster: content(video.id, "thumbnail"),
				muted: true,
				playsInline: true,
				preload: "auto",
			}),
		);
		const longest = Math.max(Number(parent.seconds), Number(child.seconds));
		const line = h("input", {
			type: "range",
			class: "scrub",
			min: "0",
			max: String(longest),
			step: "0.01",
			value: "0",
			"aria-label": t("moment"),
		});
		const seek = (/** @type {number} */ at) => {
			before.currentTime = Math.min(at, Number(parent.seconds) - 0.02);
			after.currentTime = Math.min(at, Number(child.seconds) - 0.02);
		};
		line.addEventListener("input", () => seek(Number(line.value)));
		const leader = Number(parent.seconds) > Number(child.seconds) ? before : after;
		leader.addEventListener("timeupdate", () => (line.value = String(leader.currentTime)));
		leader.addEventListener("ended", () => this.#play([before, after], () => seek(0)));
		const stage = h(
			"div",
			{ class: "pair side" },
			h("figure", {}, before, h("figcaption", {}, t("before"))),
			h("figure", {}, after, h("figcaption", {}, t("after"))),
		);
		stage.style.setProperty("--ratio", String(child.width / child.height));
		const wipe = h("input", {
			type: "range",
			class: "wipe",
			min: "0",
			max: "100",
			value: "50",
			"aria-label": t("wipe"),
			hidden: true,
		});
		wipe.addEventListener("input", () => stage.style.setProperty("--cut", `${wipe.value}%`));
		const how = segments(
			"compare",
			t("compare"),
			[
				{ value: "side", label: t("side_by_side") },
				{ value: "wipe", label: t("wipe") },
			],
			"side",
			(value) => {
				stage.className = `pair ${value}`;
				wipe.hidden = value !== "wipe";
			},
		);
		const toggle = button("pause", t("pause"), () =>
			leader.paused ? this.#play([before, after]) : this.#pause([before, after]),
		);
		for (const name of ["play", "pause"]) {
			leader.addEventListener(name, () => {
				setChildren(toggle, icon(leader.paused ? "play" : "pause"));
				toggle.setAttribute("aria-label", leader.paused ? t("play") : t("pause"));
			});
		}
		setChildren(
			this.#dialog,
			h(
				"header",
				{},
				how,
				button("close", t("close"), () => this.#dialog.close()),
			),
			stage,
			wipe,
			h("div", { class: "row" }, toggle, line),
		);
		this.#dialog.showModal();
		this.#play([before, after]);
	}

	/**
	 * @param {HTMLVideoElement[]} videos
	 * @param {() => void} [first]
	 */
	#play(videos, first) {
		first?.();
		for (const video of videos) video.play().catch(() => {});
	}

	/** @param {HTMLVideoElement[]} videos */
	#pause(videos) {
		for (const video of videos) video.pause();
	}
}

customElements.define("gv-compare", Compare);
