import { content, lineage } from "./api.js";
import { button, h, setChildren } from "./dom.js";
import { emit } from "./events.js";
import { short, t } from "./i18n.js";
/** @import { Video } from "./types.js" */

/** The family of a video as a tree. Emits "compare-requested". */
export class Lineage extends HTMLElement {
	/** @param {Video} video */
	async show(video) {
		setChildren(this);
		const family = await lineage(video.id);
		if (family.length < 2) return;
		const ids = new Set(family.map((member) => plain(member.id)));
		const roots = family.filter((member) => !member.source_video_id || !ids.has(plain(member.source_video_id)));
		const parent = family.find((member) => plain(member.id) === plain(video.source_video_id ?? ""));
		setChildren(
			this,
			h("h3", {}, t("lineage")),
			h(
				"ul",
				{ class: "tree" },
				roots.map((root) => this.#branch(root, family, video)),
			),
			parent &&
				video.status === "completed" &&
				button("compare", t("compare"), () => emit(this, "compare-requested", { parent, child: video }), {
					text: true,
				}),
		);
	}

	/**
	 * @param {Video} member
	 * @param {Video[]} family
	 * @param {Video} current
	 * @returns {HTMLLIElement}
	 */
	#branch(member, family, current) {
		const children = family.filter((other) => plain(other.source_video_id ?? "") === plain(member.id));
		const how = { create: t("original"), remix: t("remixed"), extend: t("extended") }[member.metadata.operation];
		const done = member.status === "completed";
		return h(
			"li",
			{},
			h(
				"a",
				{ href: `#/video/${member.id}`, "aria-current": member.id === current.id ? "true" : null },
				done
					? h("img", { src: content(member.id, "thumbnail"), alt: "", loading: "lazy" })
					: h("i", { class: "blank" }),
				h(
					"span",
					{},
					h(
						"small",
						{},
						`${how} · ${done ? short(member.seconds) : t(member.status === "failed" ? "failed" : "under_way")}`,
					),
					member.prompt,
				),
			),
			children.length
				? h(
						"ul",
						{},
						children.map((child) => this.#branch(child, family, current)),
					)
				: null,
		);
	}
}

/**
 * The digits that all spellings of an id share.
 *
 * @param {string} id
 */
const plain = (id) => id.replaceAll("-", "").slice(-32);

customElements.define("gv-lineage", Lineage);
