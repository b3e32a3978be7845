import { ApiError, models, video as readVideo } from "./api.js";
import { Commands } from "./commands.js";
import { Composer } from "./composer.js";
import { h, required, setChildren } from "./dom.js";
import { on } from "./events.js";
import { Gallery } from "./gallery.js";
import { header, setTheme, shortcutHelp, showShortcuts, skipLink } from "./header.js";
import { language, t } from "./i18n.js";
import { Library } from "./library.js";
import { DEFAULTS } from "./request.js";
import { Router } from "./router.js";
import { signIn } from "./sign-in.js";
import { Toasts } from "./toast.js";
/** @import { Session, Video } from "./types.js" */
/** @import { Viewer } from "./viewer.js" */

const MODELS_RETRY_MS = 3000;

/** The page of a signed-in user: makes its parts and connects them. */
class Studio {
	#library = new Library();
	#composer = new Composer();
	#gallery = new Gallery();
	/** Loaded when the first video is opened. @type {Viewer | null} */
	#viewer = null;
	#toasts = new Toasts();
	#home = h("div", { class: "home" });
	#view = h("div", { class: "view" });
	#offline = h("div", { class: "offline", role: "status", hidden: true }, t("offline"));
	#operator;
	#router;
	#commands;

	/** @param {Session} session */
	constructor(session) {
		this.#operator = session.operator;
		this.#router = new Router({
			home: this.#home,
			view: this.#view,
			operator: session.operator,
			openVideo: (id) => this.#open(id),
			closeVideo: () => this.#viewer?.close(),
		});
		this.#commands = new Commands({
			library: this.#library,
			composer: this.#composer,
			toasts: this.#toasts,
			router: this.#router,
			closeViewer: () => this.#viewer?.close(),
		});
	}

	async start() {
		setChildren(
			document.body,
			skipLink(),
			header(this.#operator),
			this.#offline,
			h("main", { id: "main", tabIndex: -1 }, this.#home, this.#view),
			this.#toasts,
			shortcutHelp(),
		);
		setChildren(this.#home, this.#composer, this.#gallery);
		this.#gallery.library = this.#library;
		this.#listen();
		this.#router.show();
		await Promise.all([this.#library.start(), this.#loadModels()]);
	}

	/** Read the capabilities of the models, and try again until the server responds. */
	async #loadModels() {
		try {
			const known = await models();
			this.#composer.models = known;
			this.#gallery.models = known;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			setTimeout(() => this.#loadModels(), MODELS_RETRY_MS);
		}
	}

	/** @param {string} id */
	async #open(id) {
		await this.#commands.attempt(async () => {
			const viewer = await this.#loadViewer();
			// Read after the wait: the video may have changed meanwhile.
			const video = this.#library.videos.get(id) ?? (await readVideo(id));
			// Another view may have been chosen meanwhile.
			if (location.hash === `#/video/${id}`) await viewer.show(video);
		});
	}

	async #loadViewer() {
		const { Viewer } = await import("./viewer.js");
		if (!this.#viewer) {
			this.#viewer = new Viewer();
			this.#toasts.before(this.#viewer);
		}
		return this.#viewer;
	}

	#listen() {
		const page = document.body;
		addEventListener("keydown", (event) => this.#key(event));
		on(window, "signed-out", () => location.reload());
		on(page, "video-action", (detail) => this.#commands.run(detail));
		on(page, "frame-captured", (detail) => this.#commands.saveFrame(detail));
		on(page, "prompt-suggested", (prompt) => this.#composer.load({ ...DEFAULTS, prompt }, []));
		on(page, "text-copied", () => this.#toasts.say(t("copied")));
		on(page, "compare-requested", async ({ parent, child }) => {
			const { Compare } = await import("./compare.js");
			const compare = new Compare();
			page.append(compare);
			compare.show(parent, child);
		});
		on(this.#composer, "video-created", ({ video, requestedAt }) => {
			this.#library.take(video, requestedAt);
			this.#toasts.announce(t("accepted"));
			location.hash = "#/";
		});
		on(this.#library, "status-changed", (video) => this.#announce(video));
		on(this.#library, "connection-changed", (connected) => (this.#offline.hidden = connected));
	}

	/** @param {Video} video */
	#announce(video) {
		if (this.#viewer?.video?.id === video.id) this.#viewer.show(video);
		if (video.status === "completed") this.#toasts.announce(t("is_finished", { prompt: video.prompt }));
		if (video.status === "failed" && video.error?.code !== "cancelled")
			this.#toasts.announce(t("has_failed", { prompt: video.prompt }));
	}

	/** @param {KeyboardEvent} event */
	#key(event) {
		const target = /** @type {HTMLElement} */ (event.target);
		// A chosen radio or slider keeps the focus, and takes no letters.
		const typing = target.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=range])");
		if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
		// The viewer has keys of its own.
		if (this.#viewer?.isOpen && event.key !== "?") return;
		const shortcuts = new Map([
			["n", () => this.#commands.compose(() => this.#composer.focus())],
			[
				"/",
				() => {
					this.#router.goHome();
					required(/** @type {HTMLElement | null} */ (document.querySelector("#search"))).focus();
				},
			],
			["?", showShortcuts],
		]);
		const shortcut = shortcuts.get(event.key.toLowerCase());
		if (!shortcut) return;
		event.preventDefault();
		shortcut();
	}
}

document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
setTheme(localStorage.getItem("theme") ?? "");
await new Studio(await signIn()).start();
