import { h, setChildren } from "./dom.js";
import { t } from "./i18n.js";

const SECONDS = 6;

/** Short messages at the edge of the page, read aloud too; an action can be undone while its message is shown. */
export class Toasts extends HTMLElement {
	#announcement = h("div", { class: "visually-hidden", "aria-live": "polite" });
	#stack = h("div", { class: "stack" });
	/** @type {Set<() => void>} */
	#waiting = new Set();

	connectedCallback() {
		// Inside a modal dialog only what is on the top layer can be seen and clicked.
		this.popover = "manual";
		setChildren(this, this.#announcement, this.#stack);
		this.showPopover();
		addEventListener("pagehide", () => this.#finishAll());
	}

	#finishAll() {
		for (const act of [...this.#waiting]) act();
	}

	/** @param {string} text */
	announce(text) {
		this.#announcement.textContent = text;
	}

	/**
	 * @param {string} text
	 * @param {{undo?: () => void, finish?: () => void, bad?: boolean}} [options] `finish` is called after a while, or when the page is left, unless undone.
	 */
	say(text, { undo, finish, bad } = {}) {
		this.announce(text);
		const act = () => {
			if (finish && this.#waiting.delete(act)) finish();
			message.remove();
		};
		const message = h(
			"div",
			{ class: bad ? "toast bad" : "toast" },
			h("span", {}, text),
			undo &&
				h(
					"button",
					{
						type: "button",
						onclick: () => {
							this.#waiting.delete(act);
							undo();
							message.remove();
						},
					},
					t("undo"),
				),
		);
		if (finish) this.#waiting.add(act);
		this.#stack.append(message);
		this.hidePopover();
		this.showPopover();
		let timer = setTimeout(act, SECONDS * 1000);
		// Who reads or reaches for it must not lose it.
		for (const name of ["pointerenter", "focusin"]) message.addEventListener(name, () => clearTimeout(timer));
		for (const name of ["pointerleave", "focusout"])
			message.addEventListener(name, () => (timer = setTimeout(act, SECONDS * 500)));
	}
}

customElements.define("gv-toasts", Toasts);
