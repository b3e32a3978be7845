/**
 * @typedef {Node | string | number | null | undefined | false} Child
 */

/**
 * Make an element. Properties that begin with "on" are listeners; names that the element does not
 * know as properties become attributes.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(props)) {
		if (value === undefined || value === null || value === false) continue;
		if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
		else if (name === "class") element.className = String(value);
		else if (name === "data") Object.assign(element.dataset, value);
		else if (name in element && !name.includes("-") && !READ_ONLY.has(name)) Reflect.set(element, name, value);
		else element.setAttribute(name, value === true ? "" : String(value));
	}
	setChildren(element, ...children);
	return element;
}

const READ_ONLY = new Set(["list", "form", "role"]);

/**
 * Replace an element's children.
 *
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function setChildren(element, ...children) {
	element.replaceChildren(
		...children
			.flat()
			.filter((child) => child !== null && child !== undefined && child !== false)
			.map((child) => (child instanceof Node ? child : String(child))),
	);
}

/**
 * Draw something again and return the focus to the element that had it, found by its id, or its name and value.
 *
 * @param {() => void} draw
 */
export function keepingFocus(draw) {
	const had = /** @type {HTMLInputElement | null} */ (document.activeElement);
	draw();
	if (!had || had.isConnected) return;
	const same = had.id
		? `#${CSS.escape(had.id)}`
		: had.name && `[name="${CSS.escape(had.name)}"][value="${CSS.escape(had.value)}"]`;
	if (same) /** @type {HTMLElement | null} */ (document.querySelector(same))?.focus();
}

/**
 * @template {Element} T
 * @param {T | null} element
 * @returns {T}
 */
export function required(element) {
	if (!element) throw new Error("an element of the page is missing");
	return element;
}

const PATHS = {
	add: "M12 5v14M5 12h14",
	close: "M6 6l12 12M18 6L6 18",
	play: "M8 5.5v13l10.5-6.5z",
	pause: "M8 5v14M16 5v14",
	back: "M15 6l-6 6 6 6",
	forward: "M9 6l6 6-6 6",
	loop: "M17 3l3 3-3 3M20 6H8a4 4 0 0 0-4 4v1M7 21l-3-3 3-3M4 18h12a4 4 0 0 0 4-4v-1",
	sound: "M4 9v6h4l5 4V5L8 9zM17 8.5a5 5 0 0 1 0 7",
	mute: "M4 9v6h4l5 4V5L8 9zM17 9.5l5 5M22 9.5l-5 5",
	full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
	still: "M4 8h4l2-3h4l2 3h4v11H4zM12 10.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
	download: "M12 4v11M7 11l5 5 5-5M5 20h14",
	remix: "M4 7h4l8 10h4M4 17h4l2.5-3M13.5 10L16 7h4M17.5 4.5L20 7l-2.5 2.5M17.5 14.5L20 17l-2.5 2.5",
	extend: "M4 6v12M8 12h12M15 7l5 5-5 5",
	reuse: "M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5",
	remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
	search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M20 20l-4.5-4.5",
	image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
	compare: "M12 4v16M4 6h5v12H4zM15 6h5v12h-5z",
	copy: "M9 9h11v11H9zM5 15H4V4h11v1",
	retry: "M20 12a8 8 0 1 1-2.5-5.8L20 8.5M20 4v4.5h-4.5",
	theme: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
	leave: "M14 4h5v16h-5M4 12h10M10 8l4 4-4 4",
	help: "M9.2 9a3 3 0 1 1 4 3.2c-.8.4-1.2 1-1.2 1.8M12 17.5h.01",
	film: "M4 5h16v14H4zM8 5v14M16 5v14M4 10h4M4 14h4M16 10h4M16 14h4",
};

/**
 * Draw one of our line icons, 24 units square; it says nothing to screen readers.
 *
 * @param {keyof typeof PATHS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	svg.setAttribute("viewBox", "0 0 24 24");
	svg.setAttribute("aria-hidden", "true");
	svg.classList.add("icon");
	const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
	path.setAttribute("d", PATHS[name]);
	svg.append(path);
	return svg;
}

/**
 * Make a button with an icon, and a label that is shown or only read aloud.
 *
 * @param {keyof typeof PATHS} name
 * @param {string} label
 * @param {(event: MouseEvent) => void} onclick
 * @param {Record<string, unknown>} [props] `text: true` shows the label.
 */
export function button(name, label, onclick, { text = false, ...props } = {}) {
	return h(
		"button",
		{
			type: "button",
			class: text ? "button" : "button bare",
			title: text ? undefined : label,
			"aria-label": text ? undefined : label,
			onclick,
			...props,
		},
		icon(name),
		text ? h("span", {}, label) : null,
	);
}

/**
 * Make a group of radio buttons that look like one segmented control.
 *
 * @param {string} name
 * @param {string} legend
 * @param {{value: string, label: Child, title?: string, disabled?: boolean}[]} options
 * @param {string} chosen
 * @param {(value: string) => void} onchange
 */
export function segments(name, legend, options, chosen, onchange) {
	return h(
		"fieldset",
		{ class: "segments", data: { name } },
		h("legend", {}, legend),
		h(
			"div",
			{ class: "options" },
			options.map(({ value, label, title, disabled }) =>
				h(
					"label",
					{ title },
					h("input", {
						type: "radio",
						name,
						value,
						checked: value === chosen,
						disabled: Boolean(disabled),
						"aria-label": title,
						onchange: () => onchange(value),
					}),
					h("span", {}, label),
				),
			),
		),
	);
}

/**
 * Copy a text; on pages that browsers do not trust (plain http on a network) in the old way.
 *
 * @param {string} text
 */
export async function copy(text) {
	if (navigator.clipboard) return navigator.clipboard.writeText(text);
	const area = h("textarea", { value: text, class: "visually-hidden" });
	(document.querySelector("dialog[open]") ?? document.body).append(area);
	area.select();
	document.execCommand("copy");
	area.remove();
}
