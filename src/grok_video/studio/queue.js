import { call } from "./api.js";
import { h, keepingFocus, setChildren } from "./dom.js";
import { ago, duration, t } from "./i18n.js";
/** @import { QueuePosition } from "./types.js" */

/**
 * @typedef {object} Load
 * @property {string} name
 * @property {boolean} up
 * @property {string | null} error
 * @property {number} queued
 * @property {number} in_progress
 * @property {number | null} seconds_per_second
 *
 * @typedef {object} Worker
 * @property {string} host
 * @property {number} pid
 * @property {number} started_at
 * @property {number} seen_at
 * @property {boolean} alive
 */

const EVERY = 2000;

/** What waits, what is being made, by which backends and workers; looked at again as long as it is shown. */
export class Queue extends HTMLElement {
	#timer = 0;
	#drawn = "";

	connectedCallback() {
		setChildren(this, h("h2", {}, t("queue")), h("div", { class: "skeleton block" }));
		this.#load();
	}

	disconnectedCallback() {
		clearTimeout(this.#timer);
	}

	async #load() {
		try {
			const { data, backends, workers } = await call("GET", "/queue");
			const drawn = JSON.stringify([data, backends, workers, Math.floor(Date.now() / 60000)]);
			if (this.isConnected && drawn !== this.#drawn) keepingFocus(() => this.#draw(data, backends, workers));
			this.#drawn = drawn;
		} catch {
			// The page's own line says that the server is away; this looks again.
		}
		if (this.isConnected) this.#timer = setTimeout(() => this.#load(), EVERY);
	}

	/**
	 * @param {QueuePosition[]} places
	 * @param {Load[]} backends
	 * @param {Worker[] | null} workers
	 */
	#draw(places, backends, workers) {
		const waiting = places.filter((entry) => entry.position !== null).length;
		const longest = Math.max(0, ...places.map((entry) => entry.eta_seconds ?? 0));
		setChildren(
			this,
			h("h2", {}, t("queue")),
			h(
				"p",
				{ class: "lead" },
				places.length
					? `${t("yours", { running: places.length - waiting, waiting })}${longest ? ` ${t("all_done_in", { time: duration(longest) })}` : ""}`
					: t("queue_empty"),
			),
			h("h3", {}, t("backends")),
			table(
				[t("name"), t("state"), t("queued"), t("under_way"), t("pace")],
				backends.map((backend) => [
					backend.name,
					state(backend.up, backend.error ?? t("up")),
					backend.queued,
					backend.in_progress,
					backend.seconds_per_second === null ? "–" : t("pace_is", { n: backend.seconds_per_second }),
				]),
			),
			workers && [
				h("h3", {}, t("workers")),
				table(
					[t("host"), "PID", t("state"), t("started"), t("seen")],
					workers.map((worker) => [
						worker.host,
						worker.pid,
						state(worker.alive, worker.alive ? t("alive") : t("gone")),
						ago(worker.started_at),
						ago(worker.seen_at),
					]),
				),
			],
		);
	}
}

/**
 * @param {boolean} good
 * @param {string} text
 */
const state = (good, text) => h("span", { class: good ? "dot good" : "dot bad" }, text);

/**
 * @param {(string | Node)[]} heads
 * @param {(string | number | Node)[][]} rows
 */
export function table(heads, rows) {
	return h(
		"div",
		{ class: "scroll", id: `table-${heads.length}`, tabIndex: 0, role: "region", "aria-label": String(heads[0]) },
		h(
			"table",
			{},
			h(
				"thead",
				{},
				h(
					"tr",
					{},
					heads.map((head) => h("th", { scope: "col" }, head)),
				),
			),
			h(
				"tbody",
				{},
				rows.map((row) =>
					h(
						"tr",
						{},
						row.map((cell) => h("td", {}, cell)),
					),
				),
			),
		),
	);
}

customElements.define("gv-queue", Queue);
