import { button, copy, h, icon, setChildren } from "./dom.js";
import { exampleOf, fieldsOf, groups, isForm, typeOf } from "./openapi.js";
import { TryIt } from "./try-it.js";
/** @import { Entry } from "./openapi.js" */

const THEME = localStorage.getItem("theme");

/** Read the API's own description and the session, and show the page. */
async function start() {
	if (THEME) document.documentElement.dataset.theme = THEME;
	const [description, session] = await Promise.all([read("/openapi.json"), read("/v1/session")]);
	const entries = groups(description);
	setChildren(
		document.body,
		h("a", { class: "skip", href: "#operations" }, "Skip to the operations"),
		header(),
		h(
			"div",
			{ class: "api" },
			navigation(entries),
			h(
				"main",
				{ id: "operations", tabIndex: -1 },
				introduction(description.info.description, session.id),
				[...entries].flatMap(([group, list]) => [
					h("h2", { class: "group", id: slug(group) }, group),
					...list.map((entry) => operation(entry, Boolean(session.id))),
				]),
			),
		),
	);
	if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

/** @param {string} path */
async function read(path) {
	const response = await fetch(path);
	return response.json();
}

function header() {
	return h(
		"header",
		{ class: "top" },
		h("h1", {}, h("a", { href: "/" }, icon("film"), "Grok Video API")),
		h(
			"nav",
			{ "aria-label": "Pages" },
			h("a", { href: "/" }, "Studio"),
			h("a", { href: "/help/" }, "Documentation"),
			h("a", { href: "/openapi.json" }, "openapi.json"),
		),
	);
}

/** @param {Map<string, Entry[]>} entries */
function navigation(entries) {
	return h(
		"nav",
		{ class: "contents", "aria-label": "Operations" },
		[...entries].flatMap(([group, list]) => [
			h("a", { class: "group", href: `#${slug(group)}` }, group),
			h(
				"ul",
				{},
				list.map(({ method, path, operation }) =>
					h(
						"li",
						{},
						h(
							"a",
							{ href: `#${operation.operationId}`, title: operation.summary },
							badge(method),
							path.replace("/v1", ""),
						),
					),
				),
			),
		]),
	);
}

/**
 * @param {string} text
 * @param {string | null} session
 */
function introduction(text, session) {
	return h(
		"section",
		{ class: "introduction" },
		h("p", {}, text.replaceAll("`", "")),
		h(
			"p",
			{},
			"Requests carry ",
			h("code", {}, "Authorization: Bearer KEY"),
			"; bodies are JSON, multipart or urlencoded forms. The unified format and the OpenAI format show the same tasks; every route takes the ids of both. ",
			"A length that is not given is 6 seconds in the OpenAI format and 10 in the unified format.",
		),
		session
			? h(
					"p",
					{ class: "note" },
					"You are signed in: Try it sends requests with this session, and they make real tasks.",
				)
			: h("p", { class: "note" }, h("a", { href: "/" }, "Sign in"), " in the studio to send requests from here."),
		snippet("The key of a server on this machine", "export KEY=$(cat ~/.local/share/grok-video/operator-key)"),
	);
}

/**
 * @param {Entry} entry
 * @param {boolean} signedIn
 */
function operation(entry, signedIn) {
	const { method, path, operation } = entry;
	const response = exampleOf(operation.responses["200"] ?? operation.responses["202"]);
	return h(
		"section",
		{ class: "operation", id: operation.operationId, "aria-labelledby": `${operation.operationId}-title` },
		h(
			"h3",
			{ id: `${operation.operationId}-title` },
			badge(method),
			h("code", {}, path),
			h("a", { class: "anchor", href: `#${operation.operationId}`, "aria-label": "Link to this operation" }, "#"),
		),
		h("p", {}, `${operation.summary}.`),
		h(
			"div",
			{ class: "halves" },
			h("div", {}, fields(entry)),
			h(
				"div",
				{ class: "examples" },
				...examples(entry),
				response === undefined ? null : snippet("Response", JSON.stringify(response, null, 2)),
				isForm(operation) ? null : new TryIt(entry, signedIn).element,
			),
		),
	);
}

/**
 * Show the first worked request, and the others on demand.
 *
 * @param {Entry} entry
 */
function examples(entry) {
	const [first, ...others] = entry.requests;
	return [
		snippet(first?.summary ?? "Request", curl(entry, first?.value)),
		others.length
			? h(
					"details",
					{ class: "more-examples" },
					h("summary", {}, `${others.length} more: ${others.map(({ summary }) => summary.toLowerCase()).join(", ")}`),
					others.map(({ summary, value }) => snippet(summary, curl(entry, value))),
				)
			: null,
	];
}

/** @param {Entry} entry */
function fields(entry) {
	const rows = fieldsOf(entry);
	if (rows.length === 0) return h("p", { class: "hint" }, "No fields.");
	return h(
		"table",
		{},
		h("caption", { class: "visually-hidden" }, "Fields"),
		h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Field"), h("th", { scope: "col" }, "Default"))),
		h(
			"tbody",
			{},
			rows.map(({ name, where, schema, required, fallback }) =>
				h(
					"tr",
					{},
					h(
						"th",
						{ scope: "row" },
						h("code", {}, name),
						h("small", {}, ` ${typeOf(schema)}${where === "body" ? "" : `, in the ${where}`}`),
						schema.description ? h("p", {}, schema.description) : null,
						limits(schema),
					),
					h("td", {}, required ? h("b", {}, "required") : fallback),
				),
			),
		),
	);
}

/** @param {any} schema */
function limits(schema) {
	const notes = [];
	if (schema.minimum !== undefined && schema.maximum !== undefined)
		notes.push(`${schema.minimum} to ${schema.maximum}`);
	if (schema.maxLength) notes.push(`at most ${schema.maxLength} characters`);
	if (schema.maxProperties) notes.push(`at most ${schema.maxProperties} entries`);
	return notes.length ? h("p", { class: "hint" }, notes.join("; ")) : null;
}

/**
 * Write a request as a curl command.
 *
 * @param {Entry} entry
 * @param {unknown} body
 */
function curl({ method, path, operation }, body) {
	const query = (operation.parameters ?? [])
		.filter((/** @type {any} */ parameter) => parameter.in === "query" && parameter.required)
		.map((/** @type {any} */ parameter) => `${parameter.name}=$ID`);
	const url = `${location.origin}${path.replace("{id}", "$ID").replace("{number}", "1")}${query.length ? `?${query}` : ""}`;
	const form = isForm(operation);
	const parts = [
		`curl -fsS ${method === "GET" || (method === "POST" && (body || form)) ? "" : `-X ${method} `}"${url}"`,
	];
	if (!operation.security) parts.push('-H "Authorization: Bearer $KEY"');
	if (form) parts.push('-F "file=@image.png"');
	if (body)
		parts.push(`-H "Content-Type: application/json"`, `-d '${JSON.stringify(body, null, 2).replaceAll("'", "'\\''")}'`);
	return parts.join(" \\\n  ");
}

/**
 * @param {string} title
 * @param {string} text
 */
function snippet(title, text) {
	const done = button("copy", `Copy: ${title}`, async () => {
		await copy(text);
		done.title = "Copied";
	});
	return h(
		"figure",
		{ class: "snippet" },
		h("figcaption", {}, title, done),
		h("pre", { tabIndex: 0 }, h("code", {}, text)),
	);
}

/** @param {string} method */
const badge = (method) => h("span", { class: `method ${method.toLowerCase()}` }, method);

/** @param {string} text */
const slug = (text) => text.toLowerCase().replaceAll(/[^a-z]+/g, "-");

await start();
