// Our own provider, as it is packed, with the AI SDK's generateVideo and getVideoStatus.
import { readFile } from "node:fs/promises";
import {
	experimental_generateVideo as generateVideo,
	experimental_getVideoStatus as getVideoStatus,
	experimental_startVideo as startVideo,
} from "ai";
import { createGrokVideo, grokVideo } from "grok-video-provider";
import { shown } from "./shared.mjs";

const { BASE, KEY, IMAGE } = process.env;
const provider = createGrokVideo({ baseURL: BASE, apiKey: KEY });
const image = new Uint8Array(await readFile(IMAGE));
const poll = { intervalMs: 200 };
const make = async (options, model = provider("grok-video-3")) =>
	shown(await generateVideo({ model, prompt: "a cat", duration: 1, poll, ...options }));
const failing = async (work) => {
	try {
		await work();
		return null;
	} catch (error) {
		const { statusCode, isRetryable, data, message } = error.lastError ?? error;
		return { statusCode, isRetryable, data, message };
	}
};

const text = await make({ aspectRatio: "9:16", seed: 7 });
const source = text.metadata.grokVideo.id;
const frame = (frameType) => ({ image, frameType });
const result = {
	text,
	size: await make({ resolution: "854x480", fps: 30, generateAudio: false }),
	pro: await make({ duration: 2 }, provider.video("grok-video-3-pro")),
	image: await make({ prompt: { image, text: "it rains" } }),
	frames: await make({ frameImages: [frame("first_frame"), frame("last_frame")] }),
	reference: await make({ inputReferences: [image] }),
	others: await make({ inputReferences: [{ data: "https://files.example/a.mp4", mediaType: "video/mp4" }] }),
	remix: await make({ prompt: "at night", providerOptions: { grokVideo: { remixVideoId: source } } }),
	extend: await make({
		prompt: "and on",
		duration: 2,
		providerOptions: { grokVideo: { extendVideoId: source, startTime: 0.5, metadata: { mine: "1" } } },
	}),
	ignored: await make({ providerOptions: { grokVideo: { negative_prompt: "dogs" } } }),
};
result.two = (
	await generateVideo({ model: provider("grok-video-3"), prompt: "a cat", n: 2, duration: 1, poll })
).videos.length;

// generateVideo drops references beside frames; the model itself sends them.
const file = { type: "file", mediaType: "image/png", data: image };
const beside = { frameImages: [{ image: file, frameType: "first_frame" }], inputReferences: [file] };
result.beside = (
	await provider("grok-video-3").doStart({ prompt: "a cat", n: 1, duration: 1, providerOptions: {}, ...beside })
).operation.id;

// The same key is the same video, and a video can be looked up later, by another process.
const start = () =>
	startVideo({
		model: provider("grok-video-3"),
		prompt: "once",
		duration: 1,
		headers: { "Idempotency-Key": `once-${source}` },
	});
const [first, second] = [await start(), await start()];
result.same = first.operation.id === second.operation.id;
let status = await getVideoStatus(provider("grok-video-3"), { operation: first.operation });
while (status.status === "pending") {
	await new Promise((done) => setTimeout(done, 200));
	status = await getVideoStatus(provider("grok-video-3"), { operation: first.operation });
}
result.later = { status: status.status, bytes: status.videos[0].data.length };

result.unknown = await failing(() => make({}, provider("veo-9")));
result.failed = await failing(() => make({ providerOptions: { grokVideo: { metadata: { fake_fail: "rejected" } } } }));
const wrong = createGrokVideo({ baseURL: `${BASE}/v1/`, apiKey: "wrong" });
result.key = await failing(() => make({}, wrong("grok-video-3")));
const nowhere = createGrokVideo({ baseURL: "http://127.0.0.1:9", apiKey: KEY });
result.nowhere = await failing(() => make({ maxRetries: 0 }, nowhere("grok-video-3")));
result.aborted = await failing(() => make({ abortSignal: AbortSignal.timeout(1), maxRetries: 0 }));
result.language = await failing(async () => provider.languageModel("x"));
result.environment = await make({}, grokVideo("grok-video-3"));
console.log(JSON.stringify(result));
