import { NoSuchModelError, type ProviderV4 } from "@ai-sdk/provider";
import { Server } from "./server.js";
import { GrokVideoModel } from "./video-model.js";

/** Where the server is, and how it is reached. */
export interface GrokVideoSettings {
	/** Its address, with or without `/v1`; by default `GROK_VIDEO_BASE_URL`, else `http://127.0.0.1:8000`. */
	baseURL?: string;
	/** By default `GROK_VIDEO_API_KEY`. */
	apiKey?: string;
	/** Sent with every request. */
	headers?: Record<string, string>;
	/** Used instead of the global `fetch`. */
	fetch?: typeof fetch;
}

/** Makes models of a server: `provider("grok-video-3")`, `provider.video(…)`. */
export interface GrokVideoProvider extends ProviderV4 {
	(modelId: string): GrokVideoModel;
	video(modelId: string): GrokVideoModel;
	videoModel(modelId: string): GrokVideoModel;
}

/** Return a provider of the videos of one server. The address and the key are looked up at the first request. */
export function createGrokVideo(settings: GrokVideoSettings = {}): GrokVideoProvider {
	const server = new Server(settings);
	const video = (modelId: string) => new GrokVideoModel(modelId, server);
	const none = (modelType: "languageModel" | "embeddingModel" | "imageModel") => (modelId: string) => {
		throw new NoSuchModelError({ modelId, modelType });
	};
	return Object.assign(video, {
		specificationVersion: "v4" as const,
		video,
		videoModel: video,
		languageModel: none("languageModel"),
		embeddingModel: none("embeddingModel"),
		imageModel: none("imageModel"),
	});
}

/** The provider of the server that the environment names. */
export const grokVideo = createGrokVideo();
