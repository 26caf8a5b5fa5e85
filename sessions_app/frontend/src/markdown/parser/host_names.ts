// Takes the place of `punycode.js`: the browser's own URL encodes host names. They are shown
// as they are encoded, since two names may look alike.
export default {
  toASCII(host: string): string {
    if (/^[\0-\x7f]*$/.test(host)) return host;
    try {
      return new URL(`http://${host}/`).hostname || host;
    } catch {
      return host; // not a host name: the link keeps what was written
    }
  },
  toUnicode(host: string): string {
    return host;
  },
};
