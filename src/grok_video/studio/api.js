/** @import { Model, Session, Video } from "./types.js" */

/** What the server refused, or why it could not be asked (`status` is 0 then). */
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
 * Call the API and read its JSON; raises ApiError. A POST of a task carries an Idempotency-Key, so that asking again
 * after a lost answer makes no second video.
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
  let answer;
  try {
    answer = await fetch(`/v1${path}`, { method, headers, body: form ? body : body && JSON.stringify(body), keepalive });
  } catch {
    throw new ApiError("", 0, "unreachable");
  }
  const said = await answer.json().catch(() => null);
  if (answer.ok) return said;
  const error = said?.error;
  const fallen = new ApiError(error?.message ?? `HTTP ${answer.status}`, answer.status, error?.code ?? "internal_error",
    error?.param);
  if (answer.status === 401 && path !== "/session") dispatchEvent(new CustomEvent("signed-out"));
  throw fallen;
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
