/** @import { Video } from "./types.js" */

/**
 * What can be done with a video, wherever its button or key is.
 *
 * @typedef {"open" | "cancel" | "remix" | "extend" | "reuse" | "retry" | "delete" | "newer" | "older"} VideoAction
 */

/**
 * The events between the parts of the page, with what each one carries:
 *
 * - video-action: something is to be done with a video; `start` is where an extension begins, in seconds, or null
 * - video-created: the server accepted a video
 * - compare-requested: two videos are to be compared
 * - frame-captured: a frame, shown at `time` seconds, is to be saved
 * - prompt-suggested: an example prompt was chosen
 * - text-copied: a text was copied to the clipboard
 * - signed-out: the session has ended (on `window`)
 * - prompt-changed, images-changed: the input of the composer changed
 * - images-full: more images were added than the number that is allowed
 * - frame-changed: the player shows another frame
 * - list-changed: videos were added, removed, or are to be listed again
 * - video-changed: the video with this id changed
 * - status-changed: the status of a video changed
 * - positions-changed: the positions in the queue changed
 * - connection-changed: the event stream is open, or was lost
 *
 * @typedef {{
 *   "video-action": { action: VideoAction, video: Video, start: number | null },
 *   "video-created": { video: Video, requestedAt: number },
 *   "compare-requested": { parent: Video, child: Video },
 *   "frame-captured": { blob: Blob, time: string },
 *   "prompt-suggested": string,
 *   "text-copied": null,
 *   "signed-out": null,
 *   "prompt-changed": null,
 *   "images-changed": null,
 *   "images-full": number,
 *   "frame-changed": null,
 *   "list-changed": null,
 *   "video-changed": string,
 *   "status-changed": Video,
 *   "positions-changed": null,
 *   "connection-changed": boolean,
 * }} EventDetails
 */

/**
 * Send an event from `target`; it bubbles up to the page.
 *
 * @template {keyof EventDetails} K
 * @param {EventTarget} target
 * @param {K} name
 * @param {EventDetails[K]} detail
 */
export function emit(target, name, detail) {
	target.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

/**
 * Call `listener` with the detail of every such event that reaches `target`.
 *
 * @template {keyof EventDetails} K
 * @param {EventTarget} target
 * @param {K} name
 * @param {(detail: EventDetails[K]) => void} listener
 */
export function on(target, name, listener) {
	target.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail));
}
