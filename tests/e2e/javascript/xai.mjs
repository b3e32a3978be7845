// @ai-sdk/xai with the base URL of this server: text, image, first and last frame, references, edit, extend.
import { readFile } from "node:fs/promises";
import { createXai } from "@ai-sdk/xai";
import { experimental_generateVideo as generateVideo } from "ai";
import { download, shown } from "./shared.mjs";

const { BASE, KEY, IMAGE } = process.env;
const xai = createXai({ baseURL: `${BASE}/v1`, apiKey: KEY });
const image = new Uint8Array(await readFile(IMAGE));
const make = async (options, model = "grok-imagine-video-1.5") =>
	shown(
		await generateVideo({
			model: xai.video(model),
			prompt: "a cat",
			duration: 1,
			poll: { intervalMs: 200 },
			download,
			...options,
		}),
	);

const text = await make({ aspectRatio: "9:16", resolution: "854x480" });
const source = text.metadata.xai.videoUrl;
const result = {
	text,
	image: await make({ prompt: { image, text: "it rains" } }),
	frames: await make({
		frameImages: [
			{ image, frameType: "first_frame" },
			{ image, frameType: "last_frame" },
		],
	}),
	references: await make(
		{ prompt: "<IMAGE_1> dances with <IMAGE_2>", inputReferences: [image, image] },
		"grok-imagine-video",
	),
	edit: await make({
		prompt: "at night",
		duration: undefined,
		providerOptions: { xai: { mode: "edit-video", videoUrl: source } },
	}),
	extend: await make(
		{ prompt: "and on", duration: 2, providerOptions: { xai: { mode: "extend-video", videoUrl: source } } },
		"grok-imagine-video",
	),
};
try {
	await make({}, "veo-9");
} catch (error) {
	result.refused = { status: error.statusCode, message: error.message };
}
try {
	await make({ providerOptions: { xai: { fake: true, metadata: { fake_fail: "rejected" } } } });
} catch (error) {
	result.failed = error.message;
}
console.log(JSON.stringify(result));
