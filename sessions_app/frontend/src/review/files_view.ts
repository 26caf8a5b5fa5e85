/** One way to look at the files that a session has changed. */
export interface FilesView {
  readonly element: HTMLElement;
  /** Begin to follow the session, and say how far it was read. */
  show(): void;
  hide(): void;
  focus(): void;
}
