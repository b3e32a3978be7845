// What the journeys have in common.

/** Download a video; the package's own download refuses loopback addresses. */
export async function download({ url }) {
	const response = await fetch(url);
	if (!response.ok) throw new Error(`${url}: ${response.status}`);
	return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get("content-type") };
}

/** Return the plain facts of a generated video. */
export function shown({ video, warnings, providerMetadata }) {
	const start = Buffer.from(video.uint8Array.subarray(4, 8)).toString();
	return { type: video.mediaType, bytes: video.uint8Array.length, start, warnings, metadata: providerMetadata };
}
