import { ApiError, call, video as readVideo } from "./api.js";
import { newKey } from "./composer.js";
import { h } from "./dom.js";
import { explain, t } from "./i18n.js";
import { body, request, specOf } from "./request.js";
/** @import { Composer } from "./composer.js" */
/** @import { EventDetails } from "./events.js" */
/** @import { Library } from "./library.js" */
/** @import { Router } from "./router.js" */
/** @import { Toasts } from "./toast.js" */
/** @import { Video } from "./types.js" */

/** What buttons and keys do with a video. */
export class Commands {
	#library;
	#composer;
	#closeViewer;
	#toasts;
	#router;

	/** @param {{ library: Library, composer: Composer, toasts: Toasts, router: Router, closeViewer: () => void }} parts */
	constructor({ library, composer, toasts, router, closeViewer }) {
		this.#library = library;
		this.#composer = composer;
		this.#closeViewer = closeViewer;
		this.#toasts = toasts;
		this.#router = router;
	}

	/** @param {EventDetails["video-action"]} detail */
	async run({ action, video, start }) {
		const actions = {
			open: () => (location.hash = `#/video/${video.id}`),
			cancel: () => this.#cancel(video),
			remix: () => this.compose(() => this.#composer.derive(video, "remix")),
			extend: () => this.compose(() => this.#composer.derive(video, "extend", start)),
			reuse: () => this.#reuse(video),
			retry: () => this.#retry(video),
			delete: () => this.#delete(video),
			newer: () => this.#openNeighbour(video, -1),
			older: () => this.#openNeighbour(video, 1),
		};
		await this.attempt(async () => actions[action]());
	}

	/**
	 * Run a command, and show an error of the API.
	 *
	 * @param {() => Promise<unknown>} command
	 */
	async attempt(command) {
		try {
			await command();
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			if (error.status === 404) location.hash = "#/";
			const { advice, message } = explain(error.code, error.message);
			this.#toasts.say(`${advice} ${message}`, { bad: true });
		}
	}

	/**
	 * Show the composer, and change it.
	 *
	 * @param {() => void} change
	 */
	compose(change) {
		this.#router.goHome();
		this.#closeViewer();
		change();
		this.#composer.scrollIntoView({ block: "nearest", behavior: "smooth" });
	}

	/** @param {EventDetails["frame-captured"]} detail */
	saveFrame({ blob, time }) {
		const url = URL.createObjectURL(blob);
		h("a", { href: url, download: `still-${time}s.png` }).click();
		setTimeout(() => URL.revokeObjectURL(url), 10_000);
		this.#toasts.say(t("still_saved", { at: time }));
	}

	/** @param {Video} video */
	async #cancel(video) {
		const requestedAt = performance.now();
		this.#library.take(await call("POST", `/videos/${video.id}/cancel`), requestedAt);
	}

	/**
	 * Return the images that a video was made from, as files.
	 *
	 * @param {Video} video
	 * @returns {Promise<File[]>}
	 */
	async #inputs(video) {
		const { data } = await call("GET", `/videos/${video.id}/inputs`);
		return Promise.all(
			data.map(
				async (/** @type {{ path: string, number: number }} */ input) =>
					new File([await (await fetch(input.path)).blob()], `img${input.number}.png`, { type: "image/png" }),
			),
		);
	}

	/**
	 * Send the same request again, whatever the composer holds.
	 *
	 * @param {Video} video
	 */
	async #retry(video) {
		const { path, fields } = request(specOf(video));
		const images = (await this.#inputs(video)).map((blob) => ({ blob, name: blob.name }));
		const requestedAt = performance.now();
		this.#library.take(await call("POST", path, body(fields, images), { key: newKey() }), requestedAt);
		this.#router.goHome();
		this.#closeViewer();
	}

	/** @param {Video} video */
	async #reuse(video) {
		const spec = specOf(video);
		const files = await this.#inputs(video);
		const source = spec.source ? await readVideo(spec.source).catch(() => null) : null;
		// The source is gone: the prompt can still be used.
		const usable =
			spec.operation !== "create" && !source
				? { ...spec, operation: /** @type {const} */ ("create"), source: null, start: null }
				: spec;
		this.compose(() => this.#composer.load(usable, files, source));
	}

	/** @param {Video} video */
	#delete(video) {
		this.#closeViewer();
		this.#library.hide(video.id, true);
		this.#toasts.say(t("deleted"), {
			undo: () => this.#library.hide(video.id, false),
			finish: () =>
				this.attempt(async () => {
					try {
						await call("DELETE", `/videos/${video.id}`, null, { keepalive: true });
					} catch (error) {
						if (!(error instanceof ApiError && error.status === 404)) {
							this.#library.hide(video.id, false);
							throw error;
						}
					}
					this.#library.drop(video.id);
				}),
		});
	}

	/**
	 * Open the finished video next to this one in the gallery.
	 *
	 * @param {Video} video
	 * @param {number} by 1 for the next older, -1 for the next newer.
	 */
	#openNeighbour(video, by) {
		const finished = this.#library.shown.filter((other) => other.status === "completed");
		const index = finished.findIndex((other) => other.id === video.id);
		const next = index < 0 ? undefined : finished[index + by];
		if (next) location.hash = `#/video/${next.id}`;
		else if (by > 0) this.#library.next();
	}
}
