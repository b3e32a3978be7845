import { ApiError, call, content } from "./api.js";
import { modelName } from "./composer.js";
import { button, copy, h, icon, setChildren } from "./dom.js";
import { emit, on } from "./events.js";
import { duration, explain, short, size, t } from "./i18n.js";
import { Player } from "./player.js";
import { specOf } from "./request.js";
/** @import { VideoAction } from "./events.js" */
/** @import { Video } from "./types.js" */

const TABS = /** @type {const} */ ([
	["curl", "curl"],
	["python", "Python"],
	["unified", "Unified JSON"],
	["cli", "CLI"],
]);

/**
 * One video, large, with all that can be done with it. Emits "video-action", "frame-captured" and "text-copied".
 */
export class Viewer extends HTMLElement {
	/** @type {Video | null} */
	video = null;
	#dialog = h("dialog", { class: "viewer", tabIndex: -1, "aria-label": t("video") });
	/** @type {Player | null} */
	#player = null;
	#tab = localStorage.getItem("snippet") ?? "curl";

	connectedCallback() {
		setChildren(this, this.#dialog);
		this.#dialog.addEventListener("close", () => {
			setChildren(this.#dialog);
			this.video = null;
			this.#player = null;
			if (location.hash.startsWith("#/video/")) location.hash = "#/";
		});
		this.#dialog.addEventListener("keydown", (event) => this.#key(event));
	}

	close() {
		this.#dialog.close();
	}

	get isOpen() {
		return this.#dialog.open;
	}

	/** @param {Video} video */
	async show(video) {
		if (this.video?.id === video.id && this.video.status === video.status) return;
		this.video = video;
		const done = video.status === "completed";
		const player = done ? new Player() : null;
		this.#player = player;
		const family = h("div");
		const code = h("div", { class: "snippets" });
		const extend = button("extend", t("extend"), () => this.#extend(), { text: true });
		setChildren(
			this.#dialog,
			h("div", { class: "hero" }, player ?? this.#unfinished(video)),
			h(
				"aside",
				{},
				h(
					"header",
					{},
					h("h2", { class: "prompt" }, video.prompt),
					button("close", t("close"), () => this.close(), { class: "button bare close" }),
				),
				done &&
					h(
						"div",
						{ class: "actions" },
						extend,
						button("remix", t("remix"), () => this.#act("remix"), { text: true }),
						button("reuse", t("reuse"), () => this.#act("reuse"), { text: true }),
						h(
							"a",
							{ class: "button", href: `${content(video.id)}?download`, download: "" },
							icon("download"),
							h("span", {}, t("download")),
						),
						button("still", t("still"), () => this.#still(), { text: true }),
						button("remove", t("delete"), () => this.#act("delete"), { text: true }),
					),
				this.#facts(video),
				this.#words(video),
				family,
				code,
			),
		);
		if (player) {
			player.show(video);
			on(player, "frame-changed", () => {
				const text = this.#atEnd ? t("extend") : t("extend_from", { at: player.time.toFixed(2) });
				const label = extend.querySelector("span");
				if (label && label.textContent !== text) label.textContent = text;
			});
		}
		if (!this.#dialog.open) this.#dialog.showModal();
		// The keys of the player work at once, and no button is pressed by the space bar.
		this.#dialog.focus();
		if (player && !matchMedia("(prefers-reduced-motion: reduce)").matches) player.toggle();
		await Promise.all([this.#family(video, family), this.#snippets(video, code)]).catch((error) => {
			if (!(error instanceof ApiError)) throw error;
		});
	}

	/**
	 * @param {Video} video
	 * @param {Element} into
	 */
	async #family(video, into) {
		// Loaded after the video, which is what the viewer was opened for.
		const { Lineage } = await import("./lineage.js");
		const lineage = new Lineage();
		into.replaceWith(lineage);
		await lineage.show(video);
	}

	get #atEnd() {
		// Of nothing at all nothing can be kept: before the second frame it is the whole that goes on.
		return !this.#player || this.#player.frame === 0 || this.#player.frame >= this.#player.frames - 1;
	}

	#extend() {
		const start = this.#atEnd ? null : Number(this.#player?.time.toFixed(2));
		this.#act("extend", start);
	}

	async #still() {
		this.#player?.pause();
		const time = this.#player?.time.toFixed(2);
		const blob = await this.#player?.still();
		if (blob && time) emit(this, "frame-captured", { blob, time });
	}

	/**
	 * @param {VideoAction} action
	 * @param {number | null} [start]
	 */
	#act(action, start = null) {
		if (this.video) emit(this, "video-action", { action, video: this.video, start });
	}

	/** @param {Video} video */
	#unfinished(video) {
		if (video.status !== "failed")
			return h("div", { class: "stage pending" }, h("p", { class: "state" }, h("b", {}, t("under_way"))));
		const { code = "", message = "" } = video.error ?? {};
		const { advice } = explain(code, message);
		return h(
			"div",
			{ class: "stage failed" },
			h("p", {}, h("b", {}, code === "cancelled" ? t("cancelled") : advice)),
			h("p", { class: "words" }, message),
			h("code", {}, code),
			h(
				"div",
				{ class: "tools" },
				button("retry", t("try_again"), () => this.#act("retry"), { text: true }),
				button("reuse", t("reuse"), () => this.#act("reuse"), { text: true }),
				button("remove", t("delete"), () => this.#act("delete"), { text: true }),
			),
		);
	}

	/** @param {Video} video */
	#facts(video) {
		const { metadata } = video;
		/** @type {[string, string | number | false | null | undefined][]} */
		const facts = [
			[t("model"), modelName(video.model)],
			[t("length"), short(video.seconds)],
			[t("size"), `${video.width} × ${video.height}${metadata.upscaled ? ` (${t("upscaled")})` : ""}`],
			[t("mode"), madeFrom(video)],
			[t("seed"), metadata.seed],
			[t("made_by"), metadata.backend + (metadata.generative === false ? ` (${t("no_ai")})` : "")],
			[t("took"), metadata.took_seconds && duration(metadata.took_seconds)],
			[t("cost"), metadata.cost !== null && metadata.cost !== undefined && `$${Number(metadata.cost).toFixed(2)}`],
			[t("file"), video.bytes && size(video.bytes)],
			["ID", video.id],
		];
		return h(
			"dl",
			{ class: "facts" },
			facts
				.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== 0 && value !== "")
				.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, /** @type {string} */ (value)))),
		);
	}

	/** @param {Video} video */
	#words({ metadata: { understood, not_understood: missed } }) {
		if (!understood.length && !missed.length) return null;
		const chips = (/** @type {string[]} */ words, /** @type {string} */ kind) =>
			h(
				"ul",
				{ class: `chips ${kind}` },
				words.map((word) => h("li", {}, word)),
			);
		return h(
			"section",
			{ class: "words" },
			missed.length
				? [h("h3", {}, t("not_understood")), h("p", {}, t("not_understood_text")), chips(missed, "missed")]
				: null,
			understood.length ? h("details", {}, h("summary", {}, t("understood")), chips(understood, "known")) : null,
		);
	}

	/**
	 * @param {Video} video
	 * @param {Element} into
	 */
	async #snippets(video, into) {
		const [{ data }, { snippets }] = await Promise.all([
			call("GET", `/videos/${video.id}/inputs`),
			import("./snippets.js"),
		]);
		const texts = snippets(specOf(video), data.length, location.origin);
		const code = h("pre", { tabIndex: 0, id: "snippet" });
		const draw = () => {
			code.textContent = texts[/** @type {"curl"} */ (this.#tab)];
			for (const tab of into.querySelectorAll("[role=tab]")) {
				const chosen = /** @type {HTMLElement} */ (tab).dataset.tab === this.#tab;
				tab.setAttribute("aria-selected", String(chosen));
				/** @type {HTMLElement} */ (tab).tabIndex = chosen ? 0 : -1;
			}
		};
		const choose = (/** @type {string} */ tab) => {
			this.#tab = tab;
			localStorage.setItem("snippet", tab);
			draw();
		};
		const copying = button("copy", t("copy"), async () => {
			await copy(code.textContent);
			emit(this, "text-copied", null);
		});
		setChildren(
			into,
			h("h3", {}, t("as_code")),
			h(
				"div",
				{ class: "tabs" },
				h(
					"div",
					{
						role: "tablist",
						"aria-label": t("as_code"),
						onkeydown: (/** @type {KeyboardEvent} */ event) => this.#tabKey(event, choose),
					},
					TABS.map(([tab, label]) =>
						h(
							"button",
							{ type: "button", role: "tab", "aria-controls": "snippet", data: { tab }, onclick: () => choose(tab) },
							label,
						),
					),
				),
				copying,
			),
			code,
		);
		draw();
	}

	/**
	 * @param {KeyboardEvent} event
	 * @param {(tab: string) => void} choose
	 */
	#tabKey(event, choose) {
		const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
		if (!by) return;
		event.stopPropagation();
		const at = TABS.findIndex(([tab]) => tab === this.#tab);
		const [tab] = TABS[(at + by + TABS.length) % TABS.length];
		choose(tab);
		/** @type {HTMLElement | null} */ (this.querySelector(`[data-tab=${tab}]`))?.focus();
	}

	/** @param {KeyboardEvent} event */
	#key(event) {
		const within = /** @type {HTMLElement} */ (event.target);
		if (event.ctrlKey || event.metaKey || event.altKey || within.matches("input:not([type=range]), textarea, summary"))
			return;
		if (within.matches("button, a, summary") && [" ", "Enter"].includes(event.key)) return;
		const player = this.#player;
		/** @type {Record<string, () => unknown>} */
		const keys = {
			" ": () => player?.toggle(),
			",": () => player?.step(-1),
			".": () => player?.step(1),
			l: () => player?.loop(),
			m: () => player?.mute(),
			f: () => player?.full(),
			s: () => this.#still(),
			e: () => player && this.#extend(),
			r: () => player && this.#act("remix"),
			u: () => this.#act("reuse"),
			Delete: () => this.#act("delete"),
			ArrowLeft: () => this.#act("newer"),
			ArrowRight: () => this.#act("older"),
		};
		if (within.matches("input[type=range]") && event.key.startsWith("Arrow")) return;
		const act = keys[event.key];
		if (!act) return;
		event.preventDefault();
		act();
	}
}

/**
 * Return what a video is made from: a remix or an extension has a video first.
 *
 * @param {Video} video
 */
function madeFrom({ metadata }) {
	const images = metadata.mode === "text" ? "" : t(/** @type {"mode_text"} */ (`mode_${metadata.mode}`));
	if (metadata.operation === "create") return images || t("mode_text");
	return [t("mode_video"), images].filter(Boolean).join(", ");
}

customElements.define("gv-viewer", Viewer);
