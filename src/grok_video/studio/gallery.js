import { Card } from "./card.js";
import { button, h, icon, setChildren, required } from "./dom.js";
import { emit, on } from "./events.js";
import { t } from "./i18n.js";
/** @import { Library } from "./library.js" */

const STATES = /** @type {const} */ ([
	["", "all"],
	["completed", "finished"],
	["queued,in_progress", "under_way"],
	["failed,cancelled", "failed"],
]);

/** All videos in rows, as the server has them: searched and filtered there, read as one scrolls. */
export class Gallery extends HTMLElement {
	/** @type {Library | null} */
	#library = null;
	/** @type {Map<string, Card>} */
	#cards = new Map();
	/** The backends that show unfinished videos. @type {Set<string>} */
	#previewing = new Set();
	#rows = h("ul", { class: "rows", "aria-label": t("videos") });
	#rest = h("div", { class: "rest", role: "status" });
	/** Seen when the end of the list is near. */
	#watch = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && this.#library?.next(), {
		rootMargin: "800px",
	});

	/** @param {Library} library */
	set library(library) {
		this.#library = library;
		on(library, "list-changed", () => this.#list());
		on(library, "video-changed", (id) => this.#draw(id));
		on(library, "positions-changed", () => this.#drawAll());
	}

	/** @param {import("./types.js").Model[]} models */
	set models(models) {
		const previewing = models.filter((model) => model.capabilities.previews);
		this.#previewing = new Set(previewing.map((model) => model.capabilities.backend));
		this.#drawAll();
	}

	connectedCallback() {
		setChildren(this, this.#bar(), this.#rows, this.#rest);
		this.#watch.observe(this.#rest);
		this.#skeletons();
	}

	disconnectedCallback() {
		this.#watch.disconnect();
	}

	#bar() {
		let waiting = 0;
		return h(
			"div",
			{ class: "bar", role: "search" },
			h(
				"label",
				{ class: "search" },
				icon("search"),
				h("input", {
					type: "search",
					id: "search",
					placeholder: t("search"),
					"aria-label": t("search"),
					oninput: (/** @type {Event} */ event) => {
						clearTimeout(waiting);
						const { value } = /** @type {HTMLInputElement} */ (event.target);
						waiting = setTimeout(() => this.#library?.look({ search: value }), 200);
					},
				}),
			),
			h(
				"div",
				{ class: "filters", role: "group", "aria-label": t("show") },
				STATES.map(([value, label]) =>
					h(
						"button",
						{
							type: "button",
							"aria-pressed": String(value === ""),
							onclick: (/** @type {Event} */ event) => {
								for (const filter of this.querySelectorAll(".filters button"))
									filter.setAttribute("aria-pressed", String(filter === event.currentTarget));
								this.#library?.look({ status: value });
							},
						},
						t(label),
					),
				),
			),
		);
	}

	#skeletons() {
		setChildren(
			this.#rows,
			[1.78, 0.56, 1.78, 1, 1.5, 1.78, 0.67, 1.78].map((ratio) => {
				const item = h(
					"li",
					{ class: "skeleton", "aria-hidden": "true" },
					h("div", { class: "stage" }),
					h("div", { class: "caption" }),
				);
				item.style.setProperty("--ratio", String(ratio));
				return item;
			}),
		);
	}

	#list() {
		const library = required(/** @type {any} */ (this.#library));
		/** @type {import("./types.js").Video[]} */
		const shown = library.shown;
		if (!shown.length && library.loading) return this.#skeletons();
		for (const [id, card] of this.#cards) {
			if (library.videos.has(id) && !library.hidden.has(id)) continue;
			card.parentElement?.remove();
			this.#cards.delete(id);
		}
		const items = shown.map((video) => {
			const card = this.#cards.get(video.id) ?? new Card();
			this.#cards.set(video.id, card);
			this.#show(card, video);
			return card.parentElement ?? h("li", {}, card);
		});
		this.#arrange(items);
		setChildren(this.#rest, shown.length || library.loading || library.broken ? "" : this.#nothing(library.filter));
		// What was read may not fill the page yet; the observer fires again when it watches anew.
		this.#watch.unobserve(this.#rest);
		if (!library.broken) this.#watch.observe(this.#rest);
	}

	/**
	 * Put the items in their places without touching those that stand right, so that nothing loses its focus.
	 *
	 * @param {Element[]} items
	 */
	#arrange(items) {
		const wanted = new Set(items);
		for (const row of [...this.#rows.children]) if (!wanted.has(row)) row.remove();
		items.forEach((item, at) => {
			if (this.#rows.children[at] !== item) this.#rows.insertBefore(item, this.#rows.children[at] ?? null);
			const card = /** @type {HTMLElement} */ (item.firstElementChild);
			/** @type {HTMLElement} */ (item).style.setProperty("--ratio", card.style.getPropertyValue("--ratio"));
		});
	}

	#drawAll() {
		for (const id of this.#cards.keys()) this.#draw(id);
	}

	/** @param {string} id */
	#draw(id) {
		const video = this.#library?.videos.get(id);
		const card = this.#cards.get(id);
		if (video && card) this.#show(card, video);
	}

	/**
	 * @param {Card} card
	 * @param {import("./types.js").Video} video
	 */
	#show(card, video) {
		card.show(video, this.#library?.place(video.id), this.#previewing.has(video.metadata.backend));
	}

	/** @param {{search: string, status: string}} filter */
	#nothing(filter) {
		if (filter.search || filter.status) return h("p", { class: "nothing" }, t("nothing_found"));
		const ideas = [t("idea_1"), t("idea_2"), t("idea_3")];
		return h(
			"div",
			{ class: "nothing" },
			icon("film"),
			h("h2", {}, t("empty_title")),
			h("p", {}, t("empty_text")),
			h(
				"div",
				{ class: "ideas" },
				ideas.map((idea) => button("add", idea, () => emit(this, "prompt-suggested", idea), { text: true })),
			),
		);
	}
}

customElements.define("gv-gallery", Gallery);
