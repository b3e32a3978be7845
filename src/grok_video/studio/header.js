import { button, h, icon, required } from "./dom.js";
import { language, setLanguage, t } from "./i18n.js";
import { signOut } from "./sign-in.js";

const SHORTCUTS = /** @type {const} */ ([
	["N", "key_new"],
	["/", "key_search"],
	["Ctrl ↵", "key_make"],
	["@", "key_at"],
	["Space", "key_play"],
	[", .", "key_step"],
	["← →", "key_next"],
	["E", "key_extend"],
	["R", "key_remix"],
	["U", "key_reuse"],
	["S", "key_still"],
	["L M F", "key_screen"],
	["Del", "key_delete"],
	["?", "key_help"],
]);

/** Return the link that takes a keyboard past the header. */
export function skipLink() {
	return h(
		"a",
		{
			class: "skip",
			href: "#main",
			onclick: (/** @type {Event} */ event) => {
				// The address says which view is shown, and stays.
				event.preventDefault();
				document.getElementById("main")?.focus();
			},
		},
		t("skip"),
	);
}

/**
 * Return the top of the page.
 *
 * @param {boolean} operator Whether the session's key may manage keys.
 */
export function header(operator) {
	const link = (/** @type {string} */ view, /** @type {string} */ label) => h("a", { href: `#/${view}` }, label);
	const other = language === "zh" ? "en" : "zh";
	return h(
		"header",
		{ class: "top" },
		h("h1", {}, h("a", { href: "#/" }, icon("film"), h("span", {}, "Grok Video"))),
		h(
			"nav",
			{ "aria-label": t("sections") },
			link("", t("videos")),
			link("queue", t("queue")),
			link("sessions", t("sessions")),
			operator && link("keys", t("keys")),
		),
		h(
			"div",
			{ class: "settings" },
			h(
				"button",
				{
					type: "button",
					class: "button bare",
					lang: other === "zh" ? "zh-CN" : "en",
					onclick: () => setLanguage(other),
				},
				other === "zh" ? "中文" : "EN",
			),
			button("theme", t("theme"), () => setTheme(isDark() ? "light" : "dark", true)),
			button("help", t("key_help"), showShortcuts),
			button("leave", t("sign_out"), signOut),
		),
	);
}

/** Return the list of keyboard shortcuts, hidden until showShortcuts(). */
export function shortcutHelp() {
	return h(
		"div",
		{ id: "help", popover: "auto", role: "dialog", "aria-label": t("key_help") },
		h("h2", {}, t("key_help")),
		h(
			"dl",
			{},
			SHORTCUTS.map(([key, label]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(label)))),
		),
	);
}

export function showShortcuts() {
	required(/** @type {HTMLElement | null} */ (document.querySelector("#help"))).showPopover();
}

const isDark = () =>
	getComputedStyle(document.documentElement).colorScheme === "dark" ||
	(document.documentElement.dataset.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches);

/**
 * Show the page dark or light; an empty name leaves it to the system.
 *
 * @param {string} name
 * @param {boolean} [remember]
 */
export function setTheme(name, remember = false) {
	if (name) document.documentElement.dataset.theme = name;
	if (remember) localStorage.setItem("theme", name);
}
