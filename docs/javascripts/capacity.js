// The arithmetic of docs/capacity.md: what a number of tasks a day needs, from measured costs of one of each thing.

/** CPU in milliseconds, sizes in bytes; measured by `python -m bench costs`, except where capacity.md says otherwise. */
export const COSTS = {
  sqlite: { create: 5.2, read: 0.37, writes: 7, rows: 2200, commitsPerSecond: 400 },
  postgresql: { create: 9.5, read: 3.1, writes: 7, rows: 4000, commitsPerSecond: 2000 },
  renderPerSecond: { "720P": 660, "1080P": 1380 },
  videoPerSecond: { "720P": 80_000, "1080P": 125_000 },
  overhead: 600,
  waiting: 12_000,
  poll: 5.1,
};
const DAY = 86_400;
const BUSY = 0.7;

/**
 * Return what a plan needs at its peak hour. `tasks` a day; `seconds` of each video; `reads` status reads of each;
 * `peak` is the busiest hour's share of the mean; `made` is "here" (the animatic) or "upstream"; `minutes` an upstream
 * takes for one.
 */
export function plan({ tasks, seconds, reads, peak, database, made, resolution, minutes }) {
  const costs = COSTS[database];
  const perSecond = (tasks / DAY) * peak;
  const api = (perSecond * (costs.create + reads * costs.read)) / 1000;
  const waiting = made === "upstream" ? perSecond * minutes * 60 : 0;
  const work = made === "here" ? seconds * COSTS.renderPerSecond[resolution] + COSTS.overhead : COSTS.overhead;
  const polls = (waiting / 10) * (COSTS.poll / 1000);
  const needs = {
    perSecond,
    requestsPerSecond: perSecond * (1 + reads),
    serverCores: api / BUSY,
    workerCores: ((perSecond * work) / 1000 + polls) / BUSY,
    writesPerSecond: perSecond * costs.writes,
    databaseShare: (perSecond * costs.writes) / costs.commitsPerSecond,
    waitingMegabytes: (waiting * COSTS.waiting) / 1e6,
    mediaGigabytesPerDay: (tasks * seconds * COSTS.videoPerSecond[resolution]) / 1e9,
    rowsGigabytesPerMonth: (tasks * 30 * costs.rows) / 1e9,
  };
  return { ...needs, bottleneck: bottleneck(needs, database, made) };
}

function bottleneck(needs, database, made) {
  const limits = [
    [needs.databaseShare, database === "sqlite" ? "SQLite's one writer" : "commits of one PostgreSQL"],
    [needs.serverCores / (database === "sqlite" ? 1 : 16), database === "sqlite" ? "one server process" : "servers"],
    [needs.workerCores / 16, made === "here" ? "cores that render" : "cores of workers"],
    [needs.waitingMegabytes / 4000, "memory of workers"],
    [needs.mediaGigabytesPerDay / 1000, "room for the media"],
  ];
  limits.sort((first, second) => second[0] - first[0]);
  return limits[0][1];
}

const UNITS = {
  requestsPerSecond: ["Requests at the peak", "/s"],
  serverCores: ["Cores of servers, at 70 % busy", ""],
  workerCores: ["Cores of workers, at 70 % busy", ""],
  writesPerSecond: ["Write transactions", "/s"],
  waitingMegabytes: ["Memory for waiting tasks", " MB"],
  mediaGigabytesPerDay: ["Media", " GB a day"],
  rowsGigabytesPerMonth: ["Rows", " GB a month"],
};

/** Return a number with two digits that matter. */
export function short(value) {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(2)));
}

function show(form, table) {
  const fields = Object.fromEntries(new FormData(form));
  const inputs = { ...fields };
  for (const name of ["tasks", "seconds", "reads", "peak", "minutes"]) inputs[name] = Number(fields[name]) || 0;
  const needs = plan(inputs);
  table.replaceChildren();
  const rows = Object.entries(UNITS).map(([name, [label, unit]]) => [label, short(needs[name]) + unit]);
  for (const [label, value] of [...rows, ["First bottleneck", needs.bottleneck]]) {
    const row = table.insertRow();
    row.insertCell().textContent = label;
    row.insertCell().textContent = value;
  }
}

const page = globalThis.document;
if (page) {
  const form = page.querySelector("#capacity-plan");
  const table = page.querySelector("#capacity-needs");
  form?.addEventListener("input", () => show(form, table));
  if (form) show(form, table);
}
