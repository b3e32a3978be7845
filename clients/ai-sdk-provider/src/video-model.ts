import {
	APICallError,
	type Experimental_VideoModelV4,
	type Experimental_VideoModelV4CallOptions,
	type Experimental_VideoModelV4File,
	type Experimental_VideoModelV4OperationStartResult,
	type Experimental_VideoModelV4OperationStatusResult,
	type JSONObject,
	type SharedV4Warning,
} from "@ai-sdk/provider";
import type { Server } from "./server.js";

type CallOptions = Experimental_VideoModelV4CallOptions;
type File = Experimental_VideoModelV4File;

/** What `providerOptions.grokVideo` may hold; any other field of the API is sent as it is. */
export interface GrokVideoOptions {
	/** Remix this video instead of creating one. */
	remixVideoId?: string;
	/** Extend this video; `duration` is then the length of the new segment. */
	extendVideoId?: string;
	/** The second of the source from which the new segment continues; by default its end. */
	startTime?: number;
	/** Make the whole extended video 1080P. */
	upscale?: boolean;
	/** Texts of your own, returned with the video. */
	metadata?: Record<string, string>;
	/** A scene instead of the prompt, where the backend draws scenes. */
	scene?: JSONObject;
	[field: string]: unknown;
}

/** What the model reads of a video object. */
interface Video {
	id: string;
	status: string;
	progress: number;
	seconds: string;
	width: number;
	height: number;
	error: { code: string; message: string } | null;
	metadata: JSONObject & { ignored?: string[]; seed?: number; backend?: string };
}

/** One model of a server, as the AI SDK's `generateVideo` uses it. */
export class GrokVideoModel implements Experimental_VideoModelV4 {
	readonly specificationVersion = "v4";
	readonly provider = "grok-video";
	readonly maxVideosPerCall = 1;

	constructor(
		readonly modelId: string,
		private readonly server: Server,
	) {}

	/** Submit the request; its `Idempotency-Key` makes a repeated submission the same video. */
	async doStart(
		options: CallOptions & { webhookUrl?: string },
	): Promise<Experimental_VideoModelV4OperationStartResult> {
		const warnings: SharedV4Warning[] = [];
		const { path, body } = requestOf(this.modelId, options, warnings);
		const video = (await this.server.post(path, body, options)) as Video;
		for (const field of video.metadata.ignored ?? []) {
			warnings.push({ type: "other", message: `The server made nothing of the field ${field}.` });
		}
		return {
			operation: { id: video.id },
			warnings,
			providerMetadata: { grokVideo: { id: video.id } },
			response: this.response(),
		};
	}

	/** Return the state of a video, and the file with it when it is completed. */
	async doStatus(options: {
		operation: unknown;
		abortSignal?: AbortSignal;
		headers?: Record<string, string | undefined>;
	}): Promise<Experimental_VideoModelV4OperationStatusResult> {
		const path = `/videos/${encodeURIComponent(idOf(options.operation))}`;
		const video = (await this.server.get(path, options)) as Video;
		const providerMetadata = { grokVideo: factsOf(video) };
		const response = this.response();
		if (video.status === "failed") {
			const error = video.error ? `${video.error.code}: ${video.error.message}` : "The video failed.";
			return { status: "error", error, providerMetadata, response };
		}
		if (video.status !== "completed") return { status: "pending", providerMetadata, response };
		const data = await this.server.file(`${path}/content`, options);
		return {
			status: "completed",
			videos: [{ type: "binary", data, mediaType: "video/mp4" }],
			warnings: [],
			providerMetadata,
			response,
		};
	}

	private response() {
		return { timestamp: new Date(), modelId: this.modelId, headers: undefined };
	}
}

function factsOf(video: Video): JSONObject {
	const { id, progress, seconds, width, height, metadata } = video;
	return { id, progress, seconds: Number(seconds), width, height, metadata };
}

function idOf(operation: unknown): string {
	const id = (operation as { id?: unknown } | null)?.id;
	if (typeof id === "string") return id;
	const message = "This operation is none of a Grok Video server: it has no id.";
	throw new APICallError({ message, url: "", requestBodyValues: operation, isRetryable: false });
}

/** Return the path and the body of the request that the options describe; what is left out becomes a warning. */
function requestOf(model: string, options: CallOptions, warnings: SharedV4Warning[]) {
	const own = (options.providerOptions.grokVideo ?? {}) as GrokVideoOptions;
	const { remixVideoId, extendVideoId, startTime, ...passed } = own;
	const { aspectRatio, resolution, duration, seed, fps, generateAudio, prompt } = options;
	if (fps !== undefined && fps !== 24) unsupported(warnings, "fps", "Videos have 24 frames per second.");
	if (generateAudio === false) unsupported(warnings, "generateAudio", "Videos have sound if the backend makes it.");
	const body = present({
		model,
		prompt,
		aspect_ratio: aspectRatio === "adaptive" ? undefined : aspectRatio,
		size: resolution,
		seconds: duration,
		seed,
		start_time: startTime,
	});
	if (remixVideoId !== undefined) {
		if (images(options).all.length) unsupported(warnings, "image", "A remix takes no images.");
		if (duration !== undefined) unsupported(warnings, "duration", "A remix is as long as its source.");
		const { seconds: _, ...rest } = body;
		return { path: `/videos/${encodeURIComponent(remixVideoId)}/remix`, body: { ...rest, ...passed } };
	}
	const given = imageFields(options, extendVideoId !== undefined, warnings);
	const path = extendVideoId === undefined ? "/videos" : `/videos/${encodeURIComponent(extendVideoId)}/extend`;
	return { path, body: { ...body, ...given, ...passed } };
}

function images({ image, frameImages, inputReferences }: CallOptions) {
	const frame = (type: string) => frameImages?.find(({ frameType }) => frameType === type)?.image;
	const [first, last, references] = [frame("first_frame") ?? image, frame("last_frame"), inputReferences ?? []];
	return { first, last, references, all: [first, last, ...references].filter((file) => file !== undefined) };
}

function imageFields(options: CallOptions, extending: boolean, warnings: SharedV4Warning[]) {
	const { first, last, references } = images(options);
	const pictures = references.filter((file) => isImage(file, "inputReferences", warnings)).map(urlOf);
	const start = first && isImage(first, "image", warnings) ? urlOf(first) : undefined;
	const end = last && isImage(last, "frameImages", warnings) ? urlOf(last) : undefined;
	if (extending) {
		if (start || end) unsupported(warnings, "frameImages", "An extension begins with the source's frame.");
		return pictures.length ? { images: pictures } : {};
	}
	if (end) {
		if (pictures.length) unsupported(warnings, "inputReferences", "References have no place beside a last frame.");
		return present({ first_frame: start, last_frame: end });
	}
	if (start) return { images: [start, ...pictures], image_mode: "first_frame" };
	return pictures.length ? { images: pictures, image_mode: "reference" } : {};
}

function isImage(file: File, feature: string, warnings: SharedV4Warning[]): boolean {
	const image = file.mediaType === undefined || file.mediaType.startsWith("image/");
	if (!image) unsupported(warnings, feature, `A file of the type ${file.mediaType} was left out: send images.`);
	return image;
}

function urlOf(file: File): string {
	if (file.type === "url") return file.url;
	const data = typeof file.data === "string" ? file.data : base64(file.data);
	return `data:${file.mediaType};base64,${data}`;
}

function base64(bytes: Uint8Array): string {
	const parts: string[] = [];
	// A call takes a limited number of arguments.
	for (let start = 0; start < bytes.length; start += 0x8000) {
		parts.push(String.fromCharCode(...bytes.subarray(start, start + 0x8000)));
	}
	return btoa(parts.join(""));
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function unsupported(warnings: SharedV4Warning[], feature: string, details: string): void {
	warnings.push({ type: "unsupported", feature, details });
}
