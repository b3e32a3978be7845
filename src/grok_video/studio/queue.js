import { call } from "./api.js";
import { h, keepingFocus, put } from "./dom.js";
import { ago, duration, t } from "./i18n.js";
/** @import { Place } from "./types.js" */

/**
 * @typedef {object} Load
 * @property {string} name
 * @property {boolean} up
 * @property {string | null} error
 * @property {number} queued
 * @property {number} in_progress
 * @property {number | null} seconds_per_second
 *
 * @typedef {object} Worker
 * @property {string} host
 * @property {number} pid
 * @property {number} started_at
 * @property {number} seen_at
 * @property {boolean} alive
 */

const EVERY = 2000;

/** What waits, what is being made, by which backends and workers; looked at again as long as it is shown. */
export class Queue extends HTMLElement {
  #timer = 0;
  #drawn = "";

  connectedCallback() {
    put(this, h("h2", {}, t("queue")), h("div", { class: "skeleton block" }));
    this.#look();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  async #look() {
    try {
      const { data, backends, workers } = await call("GET", "/queue");
      const drawn = JSON.stringify([data, backends, workers, Math.floor(Date.now() / 60000)]);
      if (this.isConnected && drawn !== this.#drawn) keepingFocus(() => this.#draw(data, backends, workers));
      this.#drawn = drawn;
    } catch {
      // The page's own line says that the server is away; this looks again.
    }
    if (this.isConnected) this.#timer = setTimeout(() => this.#look(), EVERY);
  }

  /**
   * @param {Place[]} places
   * @param {Load[]} backends
   * @param {Worker[] | null} workers
   */
  #draw(places, backends, workers) {
    const waiting = places.filter((one) => one.position !== null).length;
    const longest = Math.max(0, ...places.map((one) => one.eta_seconds ?? 0));
    put(this, h("h2", {}, t("queue")),
      h("p", { class: "lead" }, places.length
        ? `${t("yours", { running: places.length - waiting, waiting })}${longest ? ` ${t("all_done_in", { time: duration(longest) })}` : ""}`
        : t("queue_empty")),
      h("h3", {}, t("backends")),
      table([t("name"), t("state"), t("queued"), t("under_way"), t("pace")], backends.map((one) => [
        one.name, state(one.up, one.error ?? t("up")), one.queued, one.in_progress,
        one.seconds_per_second === null ? "–" : t("pace_is", { n: one.seconds_per_second }),
      ])),
      workers && [h("h3", {}, t("workers")),
        table([t("host"), "PID", t("state"), t("started"), t("seen")], workers.map((one) => [
          one.host, one.pid, state(one.alive, one.alive ? t("alive") : t("gone")), ago(one.started_at), ago(one.seen_at),
        ]))]);
  }
}

/**
 * @param {boolean} good
 * @param {string} text
 */
const state = (good, text) => h("span", { class: good ? "dot good" : "dot bad" }, text);

/**
 * @param {(string | Node)[]} heads
 * @param {(string | number | Node)[][]} rows
 */
export function table(heads, rows) {
  return h("div", { class: "scroll", id: `table-${heads.length}`, tabIndex: 0, role: "region", "aria-label": String(heads[0]) }, h("table", {},
    h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((one) => h("td", {}, one)))))));
}

customElements.define("gv-queue", Queue);
