/**
 * One operation of the API's own description, with its worked requests.
 *
 * @typedef {{method: string, path: string, operation: any, requests: {summary: string, value: any}[]}} Entry
 */

/**
 * One field of a request: of the path, the query, a header or the body.
 *
 * @typedef {{name: string, where: string, schema: any, required: boolean, fallback: string}} Field
 */

/**
 * Return the operations by group, in the order of the description.
 *
 * @param {any} description
 * @returns {Map<string, Entry[]>}
 */
export function groups(description) {
	/** @type {Map<string, Entry[]>} */
	const found = new Map(description.tags.map((/** @type {{name: string}} */ tag) => [tag.name, []]));
	for (const [path, methods] of Object.entries(description.paths)) {
		for (const [method, operation] of Object.entries(/** @type {Record<string, any>} */ (methods))) {
			const body = operation.requestBody?.content["application/json"];
			/** @type {{summary: string, value: any}[]} */
			const requests = Object.values(body?.examples ?? {});
			found.get(operation.tags[0])?.push({ method: method.toUpperCase(), path, operation, requests });
		}
	}
	return found;
}

/**
 * Return every field of an operation's request.
 *
 * @param {Entry} entry
 * @returns {Field[]}
 */
export function fieldsOf({ operation }) {
	const parameters = (operation.parameters ?? []).map((/** @type {any} */ parameter) => ({
		name: parameter.name,
		where: parameter.in,
		schema: parameter.schema,
		required: parameter.required,
		fallback: defaultOf(parameter.schema),
	}));
	const schema = bodyOf(operation)?.schema;
	const fields = Object.entries(schema?.properties ?? {}).map(([name, field]) => ({
		name,
		where: "body",
		schema: field,
		required: (schema.required ?? []).includes(name),
		fallback: defaultOf(field),
	}));
	// Headers last: few requests need them.
	const [others, headers] = [false, true].map((wanted) =>
		parameters.filter((/** @type {Field} */ field) => (field.where === "header") === wanted),
	);
	return [...others, ...fields, ...headers];
}

/**
 * Return the body of an operation's request, as JSON where it may be, else as a form.
 *
 * @param {any} operation
 */
function bodyOf({ requestBody }) {
	return requestBody?.content["application/json"] ?? Object.values(requestBody?.content ?? {})[0];
}

/**
 * Check whether an operation takes a form alone.
 *
 * @param {any} operation
 */
export const isForm = ({ requestBody }) => Boolean(requestBody) && !requestBody.content["application/json"];

/** @param {any} schema */
function defaultOf(schema) {
	return "default" in schema ? JSON.stringify(schema.default) : (schema["x-default"] ?? "none");
}

/**
 * Write a schema's type in words.
 *
 * @param {any} schema
 * @returns {string}
 */
export function typeOf(schema) {
	if (schema.const !== undefined) return String(schema.const);
	if (schema.enum) return schema.enum.join(", ");
	if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(" or ");
	if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
	return [schema.type ?? "anything"].flat().join(" or ");
}

/**
 * Return the example of a response, if it is JSON.
 *
 * @param {any} response
 */
export const exampleOf = (response) => response.content?.["application/json"]?.example;
