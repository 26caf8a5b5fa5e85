/** What reads markdown, loaded before the first text is shown. */
export { join } from "./part.ts";
export { MarkdownStream } from "./stream.ts";
