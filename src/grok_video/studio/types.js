/**
 * Responses of the API, as far as the page reads them (/openapi.json describes them in full).
 *
 * @typedef {object} VideoError
 * @property {string} code
 * @property {string} message
 *
 * @typedef {object} Video
 * @property {string} id
 * @property {"queued" | "in_progress" | "completed" | "failed"} status
 * @property {number} progress
 * @property {number} created_at
 * @property {number | null} completed_at
 * @property {string} model
 * @property {string} prompt
 * @property {string} seconds
 * @property {string} size
 * @property {string} aspect_ratio
 * @property {number} width
 * @property {number} height
 * @property {number} fps
 * @property {number | null} bytes
 * @property {string | null} source_video_id
 * @property {VideoError | null} error
 * @property {Metadata} metadata
 *
 * @typedef {object} Metadata
 * @property {string} backend
 * @property {number} seed
 * @property {"text" | "first_frame" | "first_last_frame" | "reference"} mode
 * @property {Operation} operation
 * @property {string[]} understood
 * @property {string[]} not_understood
 * @property {boolean} upscaled
 * @property {number | null} cost
 * @property {number} [took_seconds]
 * @property {number} [start_time]
 * @property {boolean} [generative]
 *
 * @typedef {"create" | "remix" | "extend"} Operation
 *
 * @typedef {object} Capabilities
 * @property {string} backend
 * @property {Operation[]} operations
 * @property {string[]} modes
 * @property {string[]} sizes
 * @property {string[]} aspect_ratios
 * @property {number[]} seconds
 * @property {number} max_images
 * @property {boolean} generative
 * @property {boolean} previews
 * @property {number | null} cost_per_second
 * @property {Record<string, number>} costs
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {Capabilities} capabilities
 *
 * @typedef {object} QueuePosition
 * @property {string} id
 * @property {number | null} position
 * @property {number | null} eta_seconds
 *
 * @typedef {object} Session
 * @property {string} id
 * @property {string} name
 * @property {boolean} operator
 *
 * @typedef {object} InputImage
 * @property {Blob} blob
 * @property {string} name
 * @property {string} url An object URL of the blob.
 *
 * @typedef {object} VideoSpec What the composer requests; a remix or extend starts from `source`, at `start` seconds.
 * @property {Operation} operation
 * @property {string} prompt
 * @property {string} model
 * @property {string} ratio Empty: the first image's, else 16:9.
 * @property {string} size
 * @property {number} seconds
 * @property {number | null} seed
 * @property {string | null} source
 * @property {number | null} start
 */

export {};
