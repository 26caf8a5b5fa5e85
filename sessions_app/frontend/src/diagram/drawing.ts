/** What the page asks of the frame that draws diagrams. */
export interface DrawingRequest {
  readonly code: string;
  readonly isDark: boolean;
}

/** What the frame answers: an image as SVG and its size in px. */
export interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** Or why there is none. */
export interface DrawingProblem {
  readonly problem: string;
}
