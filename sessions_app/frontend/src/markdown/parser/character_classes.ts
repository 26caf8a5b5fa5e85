// Takes the place of `uc.micro`, whose tables are 5 kB. markdown-it asks P and S whether one
// character is punctuation or a symbol, which the browser knows by itself. linkify-it puts
// the sources into patterns without the `u` flag, which have no \p{…}: these are spelled.
const LINK_PUNCTUATION =
  "[!-#%-*,-\\/:;?@\\[-\\]_{}\\xA1\\xA7\\xAB\\xB6\\xB7\\xBB\\xBF\\u0589\\u05BE\\u060C\\u061B\\u061F" +
  "\\u06D4\\u0964\\u0965\\u2010-\\u2027\\u2030-\\u205E\\u3001-\\u3003\\u3008-\\u3011\\u3014-\\u301F\\u30FB" +
  "\\uFF01-\\uFF0F\\uFF1A\\uFF1B\\uFF1F\\uFF20\\uFF3B-\\uFF3D\\uFF3F\\uFF5B\\uFF5D\\uFF5F-\\uFF65]";

export const Any =
  /[\0-\uD7FF\uE000-\uFFFF]|[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/;
export const Cc = /[\0-\x1F\x7F-\x9F]/;
export const Cf = /\p{Cf}/u;
export const Z = /[ \xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/;
export const S = /\p{S}/u;
export const P = Object.defineProperty(/\p{P}/u, "source", { value: LINK_PUNCTUATION });
