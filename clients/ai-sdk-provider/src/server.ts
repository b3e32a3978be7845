import { APICallError, LoadAPIKeyError } from "@ai-sdk/provider";
import type { GrokVideoSettings } from "./provider.js";

type Headers = Record<string, string | undefined>;

/** What may accompany a request. */
export interface RequestOptions {
	headers?: Headers | undefined;
	abortSignal?: AbortSignal | undefined;
}

const DEFAULT_URL = "http://127.0.0.1:8000";
const RETRIED = [408, 429];

/** Requests to one server; an error of its API becomes an APICallError with its message. */
export class Server {
	constructor(private readonly settings: GrokVideoSettings) {}

	/** Post JSON and return the response's. */
	async post(path: string, body: unknown, options: RequestOptions): Promise<unknown> {
		const headers = { "content-type": "application/json", ...options.headers };
		const response = await this.send("POST", path, { ...options, headers }, body);
		return await response.json();
	}

	/** Read JSON. */
	async get(path: string, options: RequestOptions): Promise<unknown> {
		return await (await this.send("GET", path, options)).json();
	}

	/** Read a file. */
	async file(path: string, options: RequestOptions): Promise<Uint8Array> {
		return new Uint8Array(await (await this.send("GET", path, options)).arrayBuffer());
	}

	private async send(method: string, path: string, options: RequestOptions, body?: unknown): Promise<Response> {
		const url = this.base() + path;
		const request = {
			method,
			headers: this.headers(options.headers),
			...(options.abortSignal ? { signal: options.abortSignal } : {}),
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		};
		const send = this.settings.fetch ?? fetch;
		const response = await send(url, request).catch((cause: unknown) => {
			if (options.abortSignal?.aborted) throw cause;
			const message = `The server at ${this.base()} cannot be reached.`;
			throw new APICallError({ message, url, requestBodyValues: body, cause, isRetryable: true });
		});
		if (!response.ok) throw await failure(response, url, body);
		return response;
	}

	private base(): string {
		const url = this.settings.baseURL ?? variable("GROK_VIDEO_BASE_URL") ?? DEFAULT_URL;
		return `${url.replace(/\/+$/, "").replace(/\/v1$/, "")}/v1`;
	}

	private headers(more: Headers | undefined): Record<string, string> {
		const key = this.settings.apiKey ?? variable("GROK_VIDEO_API_KEY");
		if (!key) {
			throw new LoadAPIKeyError({ message: "No API key: pass apiKey, or set GROK_VIDEO_API_KEY." });
		}
		const all: Headers = { authorization: `Bearer ${key}`, ...this.settings.headers, ...more };
		return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined));
	}
}

async function failure(response: Response, url: string, body: unknown): Promise<APICallError> {
	const text = await response.text();
	let data: { error?: { message?: string } } | undefined;
	try {
		data = JSON.parse(text);
	} catch {
		// A proxy's page is no JSON.
	}
	const retried = RETRIED.includes(response.status) || response.status >= 500;
	return new APICallError({
		message: data?.error?.message ?? `The server answered with status ${response.status}.`,
		url,
		requestBodyValues: body,
		statusCode: response.status,
		responseHeaders: Object.fromEntries(response.headers),
		responseBody: text,
		isRetryable: retried && response.headers.get("x-should-retry") !== "false",
		data: data?.error,
	});
}

function variable(name: string): string | undefined {
	const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
	return process?.env?.[name] || undefined;
}
