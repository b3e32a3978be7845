import { ApiError, call } from "./api.js";
import { emit } from "./events.js";
/** @import { QueuePosition, Video } from "./types.js" */

const PAGE = 24;

/**
 * The videos as the server has them, and as they change: one list, one event stream.
 *
 * Emits "list-changed", "video-changed", "status-changed", "positions-changed" and "connection-changed".
 */
export class Library extends EventTarget {
	/** @type {Map<string, Video>} */
	videos = new Map();
	/** @type {Map<string, QueuePosition>} */
	places = new Map();
	/** @type {Set<string>} */
	hidden = new Set();
	filter = { search: "", status: "" };
	more = true;
	#loading = false;
	#turn = 0;
	/** The last video of the pages that were read: streamed videos must not move it. @type {string | null} */
	#last = null;
	/** @type {Map<string, number>} */
	#updatedAt = new Map();
	/** The order of arrival, for videos of the same second: pages go back in time, the stream forward. @type {Map<string, number>} */
	#arrivals = new Map();
	/** @type {EventSource | null} */
	#stream = null;
	#lastEvent = "";
	#opened = () => {};

	/** Why the last page could not be read; it is tried again when the stream is back, or another filter chosen. */
	broken = false;

	/** Listen from now on, and again whenever the page is seen; the first page is read once nothing can be missed. */
	async start() {
		document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.#reopen()));
		await this.open();
		await this.next();
	}

	/** The videos to show, newest first. */
	get shown() {
		return [...this.videos.values()]
			.filter((video) => !this.hidden.has(video.id) && this.#matches(video))
			.sort((a, b) => b.created_at - a.created_at || this.#order(b.id) - this.#order(a.id));
	}

	get loading() {
		return this.#loading;
	}

	/**
	 * Show the videos that match a filter.
	 *
	 * @param {{search?: string, status?: string}} filter
	 */
	async look(filter) {
		this.filter = { ...this.filter, ...filter };
		this.#turn += 1;
		this.#last = null;
		this.more = true;
		this.broken = false;
		this.#loading = false;
		this.videos.clear();
		const reading = this.next();
		emit(this, "list-changed", null);
		await reading;
	}

	/** Read the next page. */
	async next() {
		if (this.#loading || !this.more || this.broken) return;
		this.#loading = true;
		const [turn, began] = [this.#turn, performance.now()];
		const query = new URLSearchParams({ limit: String(PAGE) });
		if (this.#last) query.set("after", this.#last);
		if (this.filter.search.trim()) query.set("search", this.filter.search);
		if (this.filter.status) query.set("status", this.filter.status);
		try {
			const page = await call("GET", `/videos?${query}`);
			if (turn !== this.#turn) return;
			for (const video of page.data) {
				// What the stream sent since the request is newer than the response.
				if ((this.#updatedAt.get(video.id) ?? -1) < began) this.videos.set(video.id, video);
				if (!this.#arrivals.has(video.id)) this.#arrivals.set(video.id, -this.#arrivals.size);
			}
			this.#last = page.last_id ?? this.#last;
			this.more = page.has_more;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			if (turn !== this.#turn) return;
			// The video that the page was to begin after was deleted elsewhere: begin after the oldest that is left.
			if (error.status === 404 && this.#last) {
				this.videos.delete(this.#last);
				this.#last = this.shown.at(-1)?.id ?? null;
			} else this.broken = true;
		} finally {
			if (turn === this.#turn) {
				this.#loading = false;
				emit(this, "list-changed", null);
			}
		}
	}

	/**
	 * Store a video as the server has just described it.
	 *
	 * @param {Video} video
	 * @param {number} [requestedAt] When it was requested: what the stream sent since is newer.
	 */
	take(video, requestedAt = performance.now()) {
		if ((this.#updatedAt.get(video.id) ?? -1) > requestedAt) return;
		const known = this.videos.get(video.id);
		this.#updatedAt.set(video.id, performance.now());
		if (!this.#arrivals.has(video.id)) this.#arrivals.set(video.id, this.#arrivals.size + 1);
		this.videos.set(video.id, video);
		if (!known || (known.status !== video.status && this.filter.status)) emit(this, "list-changed", null);
		emit(this, "video-changed", video.id);
		if (known && known.status !== video.status) emit(this, "status-changed", video);
	}

	/** @param {string} id */
	drop(id) {
		this.videos.delete(id);
		this.hidden.delete(id);
		emit(this, "list-changed", null);
	}

	/**
	 * Hide a video that is about to be deleted, or show it again.
	 *
	 * @param {string} id
	 * @param {boolean} hidden
	 */
	hide(id, hidden) {
		if (hidden) this.hidden.add(id);
		else this.hidden.delete(id);
		emit(this, "list-changed", null);
	}

	/** Open the stream again; closed before its first number came, it cannot say what was missed since. */
	async #reopen() {
		const unknown = !this.#lastEvent;
		await this.open();
		if (unknown) await this.look({});
	}

	/** Open the stream, from where it was left; gives when it is open, so that nothing falls between it and a read. */
	open() {
		this.close();
		const from = this.#lastEvent ? `&last_event_id=${this.#lastEvent}` : "";
		const stream = new EventSource(`/v1/events?queue=true${from}`);
		this.#stream = stream;
		const keep = (/** @type {MessageEvent} */ event) => {
			// The first number comes before any change does.
			this.#lastEvent = event.lastEventId || this.#lastEvent;
			return JSON.parse(event.data);
		};
		stream.addEventListener("task", (event) => this.take(keep(event)));
		stream.addEventListener("deleted", (event) => this.drop(keep(event).id));
		stream.addEventListener("queue", (event) => {
			/** @type {QueuePosition[]} */
			const places = keep(event);
			this.places = new Map(places.map((position) => [position.id.slice(-32), position]));
			emit(this, "positions-changed", null);
		});
		return new Promise((resolve) => {
			this.#opened = () => resolve(undefined);
			stream.onopen = () => resolve(this.#setConnected(true));
			stream.onerror = () => {
				this.#setConnected(false);
				// A refusal (401, say) is final for an EventSource; ask again ourselves, which also notices a lost session.
				if (stream.readyState === EventSource.CLOSED && stream === this.#stream) {
					setTimeout(() => stream === this.#stream && this.open(), 3000);
					call("GET", "/models").catch(() => {});
				}
				resolve(undefined);
			};
		});
	}

	close() {
		this.#stream?.close();
		this.#stream = null;
		// Nobody waits for the stream any longer.
		this.#opened();
	}

	/**
	 * Return the queue position of an unfinished video; ids of both formats end in the same digits.
	 *
	 * @param {string} id
	 */
	place(id) {
		return this.places.get(id.replaceAll("-", "").slice(-32));
	}

	/** @param {string} id */
	#order(id) {
		return this.#arrivals.get(id) ?? 0;
	}

	/** @param {boolean} connected */
	#setConnected(connected) {
		if (connected && this.broken) {
			this.broken = false;
			this.next();
		}
		emit(this, "connection-changed", connected);
	}

	/** @param {Video} video */
	#matches(video) {
		const prompt = video.prompt.toLowerCase();
		const { search, status } = this.filter;
		const shown = video.error?.code === "cancelled" ? "cancelled" : video.status;
		return (
			search
				.toLowerCase()
				.split(/\s+/)
				.every((word) => prompt.includes(word)) &&
			(!status || status.split(",").includes(shown))
		);
	}
}
