import { emit } from "./events.js";
/** @import { Model, Session, Video } from "./types.js" */

/** An error response, or a failure to reach the server (`status` is 0). */
export class ApiError extends Error {
	/**
	 * @param {string} message
	 * @param {number} status
	 * @param {string} code
	 * @param {string | null} [param]
	 */
	constructor(message, status, code, param = null) {
		super(message);
		this.status = status;
		this.code = code;
		this.param = param;
	}
}

/**
 * Call the API and read its JSON; raises ApiError. A POST of a task carries an Idempotency-Key, so that a repeated request
 * after a lost response creates no second video.
 *
 * @param {string} method
 * @param {string} path Below /v1.
 * @param {object | FormData | null} [body]
 * @param {{key?: string, keepalive?: boolean}} [options]
 * @returns {Promise<any>}
 */
export async function call(method, path, body = null, { key, keepalive } = {}) {
	const form = body instanceof FormData;
	/** @type {Record<string, string>} */
	const headers = { ...(key ? { "idempotency-key": key } : {}) };
	if (body && !form) headers["content-type"] = "application/json";
	let response;
	try {
		response = await fetch(`/v1${path}`, {
			method,
			headers,
			body: form ? body : body && JSON.stringify(body),
			keepalive,
		});
	} catch {
		throw new ApiError("", 0, "unreachable");
	}
	const content = await response.json().catch(() => null);
	if (response.ok) return content;
	const error = content?.error;
	const failure = new ApiError(
		error?.message ?? `HTTP ${response.status}`,
		response.status,
		error?.code ?? "internal_error",
		error?.param,
	);
	if (response.status === 401 && path !== "/session") emit(window, "signed-out", null);
	throw failure;
}

/** @returns {Promise<Session>} */
export const session = () => call("GET", "/session");

/** @returns {Promise<Model[]>} */
export const models = async () => (await call("GET", "/models")).data;

/**
 * @param {string} id
 * @returns {Promise<Video>}
 */
export const video = (id) => call("GET", `/videos/${id}`);

/**
 * @param {string} id
 * @returns {Promise<Video[]>}
 */
export const lineage = async (id) => (await call("GET", `/videos/${id}/lineage`)).data;

/**
 * The address of a file of a video, for the page itself: the cookie opens it.
 *
 * @param {string} id
 * @param {"video" | "thumbnail" | "spritesheet"} [variant]
 */
export const content = (id, variant = "video") =>
	`/v1/videos/${id}/content${variant === "video" ? "" : `?variant=${variant}`}`;

/**
 * The address of an image of an unfinished video, a new one for each progress.
 *
 * @param {string} id
 * @param {number} progress
 */
export const preview = (id, progress) => `/v1/videos/${id}/preview?progress=${progress}`;

/**
 * The address of the first image that a video is made from.
 *
 * @param {string} id
 */
export const firstInput = (id) => `/v1/videos/${id}/inputs/1`;
