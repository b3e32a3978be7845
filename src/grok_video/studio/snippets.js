import { request } from "./request.js";
/** @import { VideoSpec } from "./types.js" */

/** @param {string} text */
const shell = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** @param {string | number} value */
const python = (value) => (typeof value === "number" ? String(value) : JSON.stringify(value));

const AUTH = '-H "Authorization: Bearer $GROK_VIDEO_API_KEY"';
const DATA_URI = [
	"def data_uri(path):",
	'    return "data:image/png;base64," + base64.b64encode(open(path, "rb").read()).decode()',
];

/**
 * Write a request as programs that make the same video: images are files named img1.png, img2.png, …
 * beside them, the key is in GROK_VIDEO_API_KEY. Every one of these is run by a test.
 *
 * @param {VideoSpec} spec
 * @param {number} count How many images go along.
 * @param {string} origin Where the server is.
 * @returns {Record<"curl" | "python" | "unified" | "cli", string>}
 */
export function snippets(spec, count, origin) {
	const files = Array.from({ length: count }, (_, at) => `img${at + 1}.png`);
	return {
		curl: curl(spec, files, origin),
		python: openai(spec, files, origin),
		unified: unified(spec, files, origin),
		cli: cli(spec, files, origin),
	};
}

/**
 * @param {VideoSpec} spec
 * @param {string[]} files
 * @param {string} origin
 */
function curl(spec, files, origin) {
	const { path, fields } = request(spec);
	const parts = Object.entries(fields).map(([name, value]) => `-F ${shell(`${name}=${value}`)}`);
	const images = files.map((file) => `-F 'input_reference[]=@${file}'`);
	// -F reads a leading @ or < of a value as a file's name, and ;type= as a setting.
	const text = shell(`prompt=${spec.prompt}`);
	const safe = parts.map((part) => (part === `-F ${text}` ? `--form-string ${text}` : part));
	return [`curl -fsS ${origin}/v1${path} ${AUTH}`, ...safe, ...images].join(" \\\n  ");
}

/**
 * @param {VideoSpec} spec
 * @param {string[]} files
 * @param {string} origin
 */
function openai(spec, files, origin) {
	const { path, fields } = request(spec);
	const { model, prompt, seconds, size, ...more } = fields;
	const images = files.length ? [`"images": [${files.map((file) => `data_uri("${file}")`).join(", ")}]`] : [];
	const pairs = (/** @type {Record<string, string | number | undefined>} */ fields) =>
		Object.entries(fields)
			.filter(([, value]) => value !== undefined)
			.map(([name, value]) => `"${name}": ${python(/** @type {string} */ (value))}`);
	const head = [
		...(files.length ? ["import base64"] : []),
		"import os",
		"",
		"from openai import OpenAI",
		"",
		...(files.length ? [...DATA_URI, "", ""] : []),
		`client = OpenAI(base_url="${origin}/v1", api_key=os.environ["GROK_VIDEO_API_KEY"])`,
	];
	const tail = [
		"video = client.videos.poll(video.id)",
		'client.videos.download_content(video.id).write_to_file("video.mp4")',
	];
	if (spec.operation === "extend") {
		const inside = [...pairs(fields), ...images].join(", ");
		return [
			...head.slice(0, -2),
			"from openai.types import Video",
			"",
			...head.slice(-1),
			`video = client.post("${path}", body={${inside}}, cast_to=Video)`,
			...tail,
		].join("\n");
	}
	if (spec.operation === "remix") {
		const extra = pairs({ model, size, ...more }).join(", ");
		return [
			...head,
			`video = client.videos.remix("${spec.source}", prompt=${python(prompt)}, extra_body={${extra}})`,
			...tail,
		].join("\n");
	}
	const extra = [...pairs(more), ...images];
	return [
		...head,
		"video = client.videos.create(",
		`    model=${python(model)},`,
		`    prompt=${python(prompt)},`,
		...(seconds === undefined ? [] : [`    seconds="${seconds}",`]),
		...(size === undefined ? [] : [`    size=${python(size)},`]),
		...(extra.length ? [`    extra_body={${extra.join(", ")}},`] : []),
		")",
		...tail,
	].join("\n");
}

/**
 * @param {VideoSpec} spec
 * @param {string[]} files
 * @param {string} origin
 */
function unified(spec, files, origin) {
	const { seconds, ...fields } = request(spec).fields;
	const source = spec.operation === "create" ? {} : { task_id: spec.source };
	const images = spec.operation === "remix" ? {} : { images: files.map((file) => `data:image/png;base64,<<${file}>>`) };
	const body = { ...fields, ...(seconds === undefined ? {} : { duration: seconds }), ...source, ...images };
	const text = JSON.stringify(body, null, 2);
	const head = `curl -fsS ${origin}/v1/video/${spec.operation} ${AUTH} \\\n  -H "Content-Type: application/json"`;
	if (!files.length) return `${head} -d ${shell(text)}`;
	// In the shell's own document these three would mean something; JSON can say them otherwise.
	const safe = text.replaceAll("\\\\", "\\u005c").replaceAll("$", "\\u0024").replaceAll("`", "\\u0060");
	return `${head} -d @- <<JSON\n${safe.replace(/<<(img\d+\.png)>>/g, "$(base64 -w0 $1)")}\nJSON`;
}

/**
 * @param {VideoSpec} spec
 * @param {string[]} files
 * @param {string} origin
 */
function cli(spec, files, origin) {
	const { model, prompt, seconds, start_time: at, size, aspect_ratio: ratio, seed } = request(spec).fields;
	const options = Object.entries({ model, seconds, at, ratio, size, seed })
		.filter(([, value]) => value !== undefined)
		.map(([name, value]) => `--${name} ${shell(String(value))}`);
	const source = spec.operation === "create" ? [] : [spec.source ?? ""];
	const text = shell(String(prompt));
	return [
		`GROK_VIDEO_BASE_URL=${origin} grok-video ${spec.operation}`,
		...files.map((file) => `-i ${file}`),
		...options,
		"-o video.mp4",
		...(text.startsWith("-") || text.startsWith("'-") ? ["--"] : []),
		...source,
		text,
	].join(" ");
}
