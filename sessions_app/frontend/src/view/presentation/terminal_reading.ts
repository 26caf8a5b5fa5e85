import { Screen } from "../../terminal/screen.ts";
import type { Reading } from "./presentation.ts";
import type { Line } from "../code/line.ts";

/** Renders output as a terminal would, incrementally as it grows. */
export class TerminalReading implements Reading {
  readonly style = { className: "output", form: "text" } as const;
  private screen = new Screen();
  private read = "";

  lines(output: string): readonly Line[] {
    if (!output.startsWith(this.read)) {
      this.screen = new Screen();
      this.read = "";
    }
    if (output.length > this.read.length) this.screen.write(output.slice(this.read.length));
    this.read = output;
    return this.screen.lines;
  }
}
