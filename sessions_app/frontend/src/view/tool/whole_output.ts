/** A tool's full output, fetched page by page, because the event's was cut. */
export class WholeOutput {
  text = "";
  /** The total size in bytes. */
  total = 0;
  state: "waiting" | "loading" | "failed" | "complete" = "waiting";
  private readonly url: string;
  private readonly changed: () => void;
  private next = 0;

  constructor(session: string, outputId: string, changed: () => void) {
    this.url = `/sessions/${encodeURIComponent(session)}/outputs/${encodeURIComponent(outputId)}`;
    this.changed = changed;
  }

  /** Fetch the next page, unless one is on its way. */
  async more(): Promise<void> {
    if (this.state === "loading" || this.state === "complete") return;
    this.state = "loading";
    try {
      const page = await fetch(`${this.url}?offset=${this.next}`);
      if (page.ok) await this.take(page);
      else this.state = "failed";
    } catch {
      this.state = "failed"; // the server did not answer, or was cut off
    }
    this.changed();
  }

  private async take(page: Response): Promise<void> {
    this.text += await page.text();
    this.total = Number(page.headers.get("X-Output-Total") ?? 0);
    const next = page.headers.get("X-Output-Next");
    this.next = Number(next ?? this.next);
    this.state = next === null ? "complete" : "waiting";
  }
}
