// @openrouter/ai-sdk-provider and @openrouter/sdk with the base URL of this server.
import { readFile } from "node:fs/promises";
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { OpenRouter } from "@openrouter/sdk";
import { experimental_generateVideo as generateVideo } from "ai";
import { download, shown } from "./shared.mjs";

const { BASE, KEY, IMAGE } = process.env;
const openrouter = createOpenRouter({ baseURL: `${BASE}/api/v1`, apiKey: KEY });
const model = openrouter.videoModel("grok-video-3", { pollIntervalMs: 200 });
const image = new Uint8Array(await readFile(IMAGE));
const url = `data:image/png;base64,${Buffer.from(image).toString("base64")}`;
const make = async (options) =>
	shown(await generateVideo({ model, prompt: "a cat", duration: 1, download, ...options }));
const reference = { type: "image_url", image_url: { url } };

const text = await make({ aspectRatio: "3:2", seed: 7 });
const result = {
	text,
	image: await make({ prompt: { image, text: "it rains" } }),
	frames: await make({
		providerOptions: {
			openrouter: {
				frame_images: [
					{ ...reference, frame_type: "first_frame" },
					{ ...reference, frame_type: "last_frame" },
				],
			},
		},
	}),
	references: await make({ providerOptions: { openrouter: { input_references: [reference] } } }),
	edit: await make({
		duration: undefined,
		providerOptions: { openrouter: { previous_job_id: text.metadata.openrouter.generationId } },
	}),
};
try {
	await make({ providerOptions: { openrouter: { size: "4K" } } });
} catch (error) {
	result.refused = { status: error.statusCode, message: error.message };
}

const sdk = new OpenRouter({ apiKey: KEY, serverURL: `${BASE}/api/v1` });
let job = await sdk.videoGeneration.generate({
	videoGenerationRequest: { model: "grok-video-3", prompt: "a cat", duration: 1, resolution: "480p" },
});
while (job.status === "pending" || job.status === "in_progress") {
	await new Promise((done) => setTimeout(done, 200));
	job = await sdk.videoGeneration.getGeneration({ jobId: job.id });
}
const stream = await sdk.videoGeneration.getVideoContent({ jobId: job.id });
const content = new Uint8Array(await new Response(stream).arrayBuffer());
const models = await sdk.videoGeneration.listVideosModels();
result.sdk = {
	status: job.status,
	urls: job.unsignedUrls.length,
	usage: job.usage,
	start: Buffer.from(content.subarray(4, 8)).toString(),
	models: models.data.map(({ id, supportedDurations }) => [id, supportedDurations.length]),
};
try {
	await sdk.videoGeneration.getGeneration({ jobId: "video_00000000000000000000000000000000" });
} catch (error) {
	result.unknown = { status: error.statusCode, message: error.message };
}
console.log(JSON.stringify(result));
