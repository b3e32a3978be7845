import { content } from "./api.js";
import { button, h, icon, put } from "./dom.js";
import { short, t } from "./i18n.js";
/** @import { Video } from "./types.js" */

const SIDE = 5;

/** A video with controls that know frames. Fires "moved" whenever another frame is shown. */
export class Player extends HTMLElement {
  /** @type {Video | null} */
  #of = null;
  #film = h("video", { playsInline: true, loop: true, preload: "auto", tabIndex: -1 });
  #line = h("input", { type: "range", class: "scrub", min: "0", step: "1", "aria-label": t("moment") });
  #time = h("output", { class: "time" });
  #hint = h("span", { class: "hint", "aria-hidden": "true", hidden: true });
  #play = button("play", t("play"), () => this.toggle());
  #loop = button("loop", t("loop"), () => this.loop(), { "aria-pressed": "true" });
  #sound = button("sound", t("mute"), () => this.mute(), { "aria-pressed": "false" });

  /** @param {Video} video */
  show(video) {
    this.#of = video;
    const film = this.#film;
    film.poster = content(video.id, "thumbnail");
    film.src = content(video.id);
    film.width = video.width;
    film.height = video.height;
    this.style.setProperty("--ratio", String(video.width / video.height));
    this.#line.max = String(this.frames - 1);
    this.#hint.style.backgroundImage = `url("${content(video.id, "spritesheet")}")`;
    this.#moved();
  }

  connectedCallback() {
    const film = this.#film;
    for (const name of ["timeupdate", "seeking", "seeked", "loadedmetadata"]) film.addEventListener(name, () => this.#moved());
    for (const name of ["play", "pause"]) film.addEventListener(name, () => this.#state());
    film.addEventListener("click", () => this.toggle());
    this.#line.addEventListener("input", () => this.frame = Number(this.#line.value));
    this.#line.addEventListener("pointermove", (event) => this.#preview(event));
    this.#line.addEventListener("pointerleave", () => (this.#hint.hidden = true));
    put(this, h("div", { class: "screen" }, film), h("div", { class: "controls" },
      h("div", { class: "track" }, this.#line, this.#hint),
      h("div", { class: "row" }, this.#play,
        button("back", t("frame_back"), () => this.step(-1)), button("forward", t("frame_on"), () => this.step(1)),
        this.#time, h("span", { class: "gap" }),
        this.#loop, this.#sound, button("full", t("full_screen"), () => this.full()))));
    this.#smooth();
  }

  /** Between the rare "timeupdate" events the scrubber follows each frame that is shown. */
  #smooth() {
    if (!("requestVideoFrameCallback" in this.#film)) return;
    const next = () => {
      this.#moved();
      if (this.isConnected) this.#film.requestVideoFrameCallback(next);
    };
    this.#film.requestVideoFrameCallback(next);
  }

  get fps() {
    return this.#of?.fps || 24;
  }

  get frames() {
    return Math.round(Number(this.#of?.seconds ?? 1) * this.fps);
  }

  /** The second that is shown. */
  get time() {
    return this.#film.currentTime;
  }

  /** The frame that is shown, from 0. */
  get frame() {
    return Math.min(this.frames - 1, Math.floor(this.time * this.fps + 0.01));
  }

  set frame(frame) {
    const within = Math.min(this.frames - 1, Math.max(0, frame));
    // The middle of a frame: at its very beginning a decoder may show the one before.
    this.#film.currentTime = (within + 0.5) / this.fps;
    this.#moved();
  }

  /** @param {number} by */
  step(by) {
    this.#film.pause();
    this.frame += by;
  }

  toggle() {
    if (this.#film.paused) this.#film.play().catch(() => this.#state());
    else this.#film.pause();
  }

  pause() {
    this.#film.pause();
  }

  loop() {
    this.#film.loop = !this.#film.loop;
    this.#loop.setAttribute("aria-pressed", String(this.#film.loop));
  }

  mute() {
    this.#film.muted = !this.#film.muted;
    this.#state();
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.#film.requestFullscreen?.();
  }

  /** The frame that is shown, as a picture. */
  async still() {
    const canvas = h("canvas", { width: this.#film.videoWidth, height: this.#film.videoHeight });
    canvas.getContext("2d")?.drawImage(this.#film, 0, 0);
    return new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => canvas.toBlob(resolve, "image/png"));
  }

  #state() {
    const { paused, muted } = this.#film;
    put(this.#play, icon(paused ? "play" : "pause"));
    this.#play.setAttribute("aria-label", paused ? t("play") : t("pause"));
    put(this.#sound, icon(muted ? "mute" : "sound"));
    this.#sound.setAttribute("aria-pressed", String(muted));
  }

  #moved() {
    const { frame, frames } = this;
    this.#line.value = String(frame);
    this.#line.style.setProperty("--done", `${(frame / Math.max(1, frames - 1)) * 100}%`);
    const said = `${this.time.toFixed(2)} s`;
    this.#line.setAttribute("aria-valuetext", `${said}, ${t("frame", { n: frame })}`);
    put(this.#time, h("b", {}, said), ` / ${short(this.#of?.seconds ?? "0")}`, h("small", {}, t("frame", { n: frame })));
    this.dispatchEvent(new Event("moved"));
  }

  /** @param {PointerEvent} event */
  #preview(event) {
    const box = this.#line.getBoundingClientRect();
    const part = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
    const cell = Math.floor(part * SIDE * SIDE);
    this.#hint.hidden = false;
    this.#hint.style.left = `${part * 100}%`;
    this.#hint.style.backgroundPosition = `${((cell % SIDE) / (SIDE - 1)) * 100}% ${(Math.floor(cell / SIDE) / (SIDE - 1)) * 100}%`;
    this.#hint.dataset.time = `${((part * this.frames) / this.fps).toFixed(1)} s`;
  }
}

customElements.define("gv-player", Player);
