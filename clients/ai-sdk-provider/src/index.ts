export { type GrokVideoProvider, type GrokVideoSettings, createGrokVideo, grokVideo } from "./provider.js";
export { type GrokVideoOptions, GrokVideoModel } from "./video-model.js";
