/** @import { Video, VideoSpec } from "./types.js" */

export const FIXED = new Map([
	["grok-video-3-pro", 10],
	["grok-video-3-max", 15],
]);

/** @type {VideoSpec} */
export const DEFAULTS = {
	operation: "create",
	prompt: "",
	model: "grok-video-3",
	ratio: "",
	size: "720P",
	seconds: 6,
	seed: null,
	source: null,
	start: null,
};

/**
 * Return a request of the OpenAI format for a spec, without its images.
 *
 * @param {VideoSpec} spec
 * @returns {{path: string, fields: Record<string, string | number>}}
 */
export function request(spec) {
	const { operation, source, prompt, model, seconds, size, ratio, seed, start } = spec;
	/** @type {Record<string, string | number>} */
	const fields = { model, prompt };
	if (operation !== "remix" && !FIXED.has(model)) fields.seconds = seconds;
	if (operation === "extend" && start !== null) fields.start_time = start;
	if (size) fields.size = size;
	if (ratio && operation !== "extend") fields.aspect_ratio = ratio;
	if (seed !== null) fields.seed = seed;
	return { path: operation === "create" ? "/videos" : `/videos/${source}/${operation}`, fields };
}

/**
 * Put a request and its images into a body.
 *
 * @param {Record<string, string | number>} fields
 * @param {readonly {blob: Blob, name: string}[]} images
 */
export function body(fields, images) {
	if (!images.length) return fields;
	const form = new FormData();
	for (const [name, value] of Object.entries(fields)) form.append(name, String(value));
	for (const { blob, name } of images) form.append("input_reference[]", blob, name);
	return form;
}

/**
 * Return the spec that a video was made from.
 *
 * @param {Video} video
 * @returns {VideoSpec}
 */
export function specOf(video) {
	const { operation, seed, start_time: start = null } = video.metadata;
	const size = Math.min(video.width, video.height) > 720 ? "1080P" : "720P";
	const whole = Number(video.seconds) - (operation === "extend" ? (start ?? 0) : 0);
	return {
		operation,
		seed,
		start,
		size,
		prompt: video.prompt,
		model: video.model,
		ratio: video.aspect_ratio,
		seconds: Math.max(1, Math.round(whole)),
		source: video.source_video_id,
	};
}
