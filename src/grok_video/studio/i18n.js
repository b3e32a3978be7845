/** @typedef {keyof typeof import("./locales/en.js").words} Word */

const chosen = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");

export const language = chosen === "zh" ? "zh" : "en";

/** @type {Record<Word, string>} */
const words = (await import(`./locales/${language}.js`)).words;

/**
 * Say something in the reader's language; `{name}` stands for a value, a number in it is written as it is.
 *
 * @param {Word} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
	return words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * Say what went wrong and what to do; the server's own words follow where there are any.
 *
 * @param {string} code
 * @param {string} message
 */
export function explain(code, message) {
	const key = /** @type {Word} */ (`error_${code}`);
	const advice = key in words ? t(key) : t("error_other");
	return { advice, message };
}

/** @param {string} chosen */
export function setLanguage(chosen) {
	localStorage.setItem("language", chosen);
	location.reload();
}

/** @param {number} seconds */
export function duration(seconds) {
	if (seconds < 60) return t("seconds", { n: Math.max(1, Math.round(seconds)) });
	if (seconds < 3600) return t("minutes", { n: Math.round(seconds / 60) });
	return t("hours", { n: Math.round(seconds / 360) / 10 });
}

/** @param {number} at Seconds since 1970. */
export function ago(at) {
	const seconds = Date.now() / 1000 - at;
	const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
	if (seconds < 60) return t("just_now");
	if (seconds < 3600) return format.format(-Math.round(seconds / 60), "minute");
	if (seconds < 86400) return format.format(-Math.round(seconds / 3600), "hour");
	return format.format(-Math.round(seconds / 86400), "day");
}

/**
 * Write a video's length; the exact one is in its facts.
 *
 * @param {string} seconds
 */
export const short = (seconds) => `${Number(Number(seconds).toFixed(1))} s`;

/** @param {number} bytes */
export const size = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
