import { setChildren } from "./dom.js";

/**
 * @typedef {object} Views
 * @property {HTMLElement} home The composer and the gallery: hidden while another view is shown, never redrawn.
 * @property {HTMLElement} view Holds any other view.
 * @property {boolean} operator Whether the view of keys exists.
 * @property {(id: string) => unknown} openVideo
 * @property {() => void} closeVideo
 */

/** Shows the view that the address names: `#/`, `#/video/ID`, `#/queue`, `#/sessions`, `#/keys`. */
export class Router {
	#views;

	/** @param {Views} views */
	constructor(views) {
		this.#views = views;
		addEventListener("hashchange", () => this.show());
	}

	async show() {
		const [, name = "", id] = location.hash.split("/");
		const { home, view, operator, openVideo, closeVideo } = this.#views;
		for (const link of document.querySelectorAll("nav a")) {
			const current = link.getAttribute("href") === `#/${name === "video" ? "" : name}`;
			if (current) link.setAttribute("aria-current", "page");
			else link.removeAttribute("aria-current");
		}
		if (name !== "video") closeVideo();
		const isOther = name === "queue" || name === "sessions" || (name === "keys" && operator);
		home.hidden = isOther;
		setChildren(view);
		const address = location.hash;
		const shown = isOther ? await load(name) : null;
		// Another view may have been chosen while this one was loaded.
		if (location.hash !== address) return;
		setChildren(view, shown);
		if (name === "video" && id) await openVideo(id);
		else if (name === "video") location.hash = "#/";
	}

	/** Show the gallery now, not when the address has changed: what is to have the focus must be visible. */
	goHome() {
		location.hash = "#/";
		setChildren(this.#views.view);
		this.#views.home.hidden = false;
	}
}

/** @param {string} name */
async function load(name) {
	if (name === "queue") return new (await import("./queue.js")).Queue();
	if (name === "sessions") return new (await import("./sessions.js")).Sessions();
	return new (await import("./keys.js")).Keys();
}
