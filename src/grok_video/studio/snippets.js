import { request } from "./request.js";
/** @import { Wish } from "./types.js" */

/** @param {string} text */
const shell = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** @param {string | number} value */
const python = (value) => (typeof value === "number" ? String(value) : JSON.stringify(value));

const AUTH = '-H "Authorization: Bearer $GROK_VIDEO_API_KEY"';
const DATA_URI = [
  "def data_uri(path):",
  "    return \"data:image/png;base64,\" + base64.b64encode(open(path, \"rb\").read()).decode()",
];

/**
 * Write a request as programs that make the same video: pictures are files named img1.png, img2.png, …
 * beside them, the key is in GROK_VIDEO_API_KEY. Every one of these is run by a test.
 *
 * @param {Wish} wish
 * @param {number} count How many pictures go along.
 * @param {string} origin Where the server is.
 * @returns {Record<"curl" | "python" | "unified" | "cli", string>}
 */
export function snippets(wish, count, origin) {
  const files = Array.from({ length: count }, (_, at) => `img${at + 1}.png`);
  return {
    curl: curl(wish, files, origin),
    python: openai(wish, files, origin),
    unified: unified(wish, files, origin),
    cli: cli(wish, files, origin),
  };
}

/**
 * @param {Wish} wish
 * @param {string[]} files
 * @param {string} origin
 */
function curl(wish, files, origin) {
  const { path, fields } = request(wish);
  const parts = Object.entries(fields).map(([name, value]) => `-F ${shell(`${name}=${value}`)}`);
  const pictures = files.map((file) => `-F 'input_reference[]=@${file}'`);
  // -F reads a leading @ or < of a value as a file's name, and ;type= as a setting.
  const text = shell(`prompt=${wish.prompt}`);
  const safe = parts.map((part) => (part === `-F ${text}` ? `--form-string ${text}` : part));
  return [`curl -s ${origin}/v1${path} ${AUTH}`, ...safe, ...pictures].join(" \\\n  ");
}

/**
 * @param {Wish} wish
 * @param {string[]} files
 * @param {string} origin
 */
function openai(wish, files, origin) {
  const { path, fields } = request(wish);
  const { model, prompt, seconds, size, ...more } = fields;
  const pictures = files.length ? [`"images": [${files.map((file) => `data_uri("${file}")`).join(", ")}]`] : [];
  const said = (/** @type {Record<string, string | number | undefined>} */ given) => Object.entries(given)
    .filter(([, value]) => value !== undefined).map(([name, value]) => `"${name}": ${python(/** @type {string} */ (value))}`);
  const head = [
    ...(files.length ? ["import base64"] : []), "import os", "", "from openai import OpenAI", "",
    ...(files.length ? [...DATA_URI, "", ""] : []),
    `client = OpenAI(base_url="${origin}/v1", api_key=os.environ["GROK_VIDEO_API_KEY"])`,
  ];
  const tail = [
    "video = client.videos.poll(video.id)",
    "client.videos.download_content(video.id).write_to_file(\"video.mp4\")",
  ];
  if (wish.operation === "extend") {
    const inside = [...said(fields), ...pictures].join(", ");
    return [...head.slice(0, -2), "from openai.types import Video", "", ...head.slice(-1),
      `video = client.post("${path}", body={${inside}}, cast_to=Video)`, ...tail].join("\n");
  }
  if (wish.operation === "remix") {
    const extra = said({ model, size, ...more }).join(", ");
    return [...head, `video = client.videos.remix("${wish.source}", prompt=${python(prompt)}, extra_body={${extra}})`, ...tail].join("\n");
  }
  const extra = [...said(more), ...pictures];
  return [...head, "video = client.videos.create(",
    `    model=${python(model)},`, `    prompt=${python(prompt)},`,
    ...(seconds === undefined ? [] : [`    seconds="${seconds}",`]), ...(size === undefined ? [] : [`    size=${python(size)},`]),
    ...(extra.length ? [`    extra_body={${extra.join(", ")}},`] : []), ")", ...tail].join("\n");
}

/**
 * @param {Wish} wish
 * @param {string[]} files
 * @param {string} origin
 */
function unified(wish, files, origin) {
  const { seconds, ...fields } = request(wish).fields;
  const source = wish.operation === "create" ? {} : { task_id: wish.source };
  const images = wish.operation === "remix" ? {} : { images: files.map((file) => `data:image/png;base64,<<${file}>>`) };
  const body = { ...fields, ...(seconds === undefined ? {} : { duration: seconds }), ...source, ...images };
  const text = JSON.stringify(body, null, 2);
  const head = `curl -s ${origin}/v1/video/${wish.operation} ${AUTH} \\\n  -H "Content-Type: application/json"`;
  if (!files.length) return `${head} -d ${shell(text)}`;
  // In the shell's own document these three would mean something; JSON can say them otherwise.
  const safe = text.replaceAll("\\\\", "\\u005c").replaceAll("$", "\\u0024").replaceAll("`", "\\u0060");
  return `${head} -d @- <<JSON\n${safe.replace(/<<(img\d+\.png)>>/g, "$(base64 -w0 $1)")}\nJSON`;
}

/**
 * @param {Wish} wish
 * @param {string[]} files
 * @param {string} origin
 */
function cli(wish, files, origin) {
  const { model, prompt, seconds, start_time: at, size, aspect_ratio: ratio, seed } = request(wish).fields;
  const options = Object.entries({ model, seconds, at, ratio, size, seed })
    .filter(([, value]) => value !== undefined).map(([name, value]) => `--${name} ${shell(String(value))}`);
  const source = wish.operation === "create" ? [] : [wish.source ?? ""];
  const text = shell(String(prompt));
  return [`GROK_VIDEO_BASE_URL=${origin} grok-video ${wish.operation}`, ...files.map((file) => `-i ${file}`), ...options,
    "-o video.mp4", ...(text.startsWith("-") || text.startsWith("'-") ? ["--"] : []), ...source, text].join(" ");
}
