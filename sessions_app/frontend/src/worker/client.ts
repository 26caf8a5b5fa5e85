import type { Answer, Answered, Answers, Asked, Kind, Question } from "./question.ts";

const TIMEOUT_MS = 3_000; // ms to wait for an answer

/** A Web Worker, or a double of one in tests. */
export interface WorkerLike {
  onmessage: ((event: MessageEvent<Answered>) => void) | null;
  postMessage(asked: Asked): void;
  terminate(): void;
}

interface Open {
  readonly asked: Asked;
  readonly resolve: (answer: Answer | null) => void;
}

/**
 * Sends questions to the worker, one at a time and the newest first, since that is about
 * what has just come into sight. A worker without an answer after TIMEOUT_MS is replaced,
 * and the question resolves to null.
 */
export class WorkerClient {
  private readonly spawn: () => WorkerLike;
  private worker: WorkerLike | null = null;
  private readonly waiting: Open[] = [];
  private current: Open | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastId = 0;

  constructor(spawn: () => WorkerLike) {
    this.spawn = spawn;
  }

  ask<K extends Kind>(question: Answers[K]["question"] & { kind: K }): Promise<Answers[K]["answer"] | null>;
  ask(question: Question): Promise<Answer | null> {
    return new Promise((resolve) => {
      this.lastId += 1;
      this.waiting.push({ asked: { id: this.lastId, question }, resolve });
      this.next();
    });
  }

  private next(): void {
    if (this.current) return;
    this.current = this.waiting.pop() ?? null;
    if (!this.current) return;
    this.worker ??= this.begin();
    this.worker.postMessage(this.current.asked);
    this.timer = setTimeout(() => this.giveUp(), TIMEOUT_MS);
  }

  private begin(): WorkerLike {
    const worker = this.spawn();
    worker.onmessage = ({ data }) => {
      if (data.id === this.current?.asked.id) this.answered(data.answer);
    };
    return worker;
  }

  private answered(answer: Answer | null): void {
    clearTimeout(this.timer);
    this.current?.resolve(answer);
    this.current = null;
    this.next();
  }

  private giveUp(): void {
    this.worker?.terminate();
    this.worker = null;
    this.answered(null);
  }
}
