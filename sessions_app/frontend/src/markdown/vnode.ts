/** A piece of a document, as plain data. */
export type VNode = string | VElement;

export interface VElement {
  tag: string;
  attrs: Record<string, string>;
  children: VNode[];
}

export function element(
  tag: string,
  attrs: Record<string, string> = {},
  children: VNode[] = [],
): VElement {
  return { tag, attrs, children };
}
