import { ApiError, call, session } from "./api.js";
import { h, icon, setChildren } from "./dom.js";
import { explain, t } from "./i18n.js";
/** @import { Session } from "./types.js" */

/**
 * Return the session of the cookie, of the ticket in the address, or of the key that is typed in.
 *
 * @returns {Promise<Session>}
 */
export async function signIn() {
	const fragment = new URLSearchParams(location.hash.slice(1));
	const ticket = fragment.get("ticket");
	// A ticket must not stay in the address: it signs in.
	if (ticket) history.replaceState(null, "", fragment.has("video") ? `/#/video/${fragment.get("video")}` : "/");
	try {
		const current = ticket ? await call("POST", "/session", { ticket }) : await session();
		return current?.id ? current : await keyForm("");
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		return keyForm(error.message || t("error_unreachable"));
	}
}

/** End the session and forget the draft, which nobody else may read. */
export async function signOut() {
	await call("DELETE", "/session");
	localStorage.removeItem("draft");
	if ("caches" in window) await caches.delete("grok-video-draft");
	location.reload();
}

/**
 * Show the form, and return the session once a key is accepted.
 *
 * @param {string} problem
 * @returns {Promise<Session>}
 */
function keyForm(problem) {
	return new Promise((resolve) => {
		const field = h("input", {
			type: "password",
			id: "key",
			autocomplete: "current-password",
			required: true,
			placeholder: "gv-…",
		});
		const alert = h("p", { class: "problem", role: "alert" }, problem);
		const submit = async (/** @type {Event} */ event) => {
			event.preventDefault();
			try {
				resolve(await call("POST", "/session", { key: field.value.trim() }));
			} catch (error) {
				if (!(error instanceof ApiError)) throw error;
				alert.textContent = explain(error.code, "").advice;
			}
		};
		setChildren(
			document.body,
			h(
				"main",
				{ class: "sign-in" },
				h(
					"form",
					{ onsubmit: submit },
					h("h1", {}, icon("film"), "Grok Video"),
					h("label", { htmlFor: "key" }, t("your_key")),
					field,
					alert,
					h("button", { type: "submit", class: "primary" }, t("sign_in")),
					h("p", { class: "hint" }, t("key_where")),
					h("code", {}, "grok-video open"),
				),
			),
		);
		field.focus();
	});
}
