interface Rules {
  createScriptURL(url: string): string;
  createHTML(html: string): string;
}

interface Policies {
  createPolicy(name: string, rules: Rules): Rules; // whose strings are trusted ones
}

const WORKER_URL = new URL("./worker.js", import.meta.url).href;
const REFERENCE = /^&[a-z][a-z0-9]{1,31};$/i;

const RULES: Rules = {
  createScriptURL: () => WORKER_URL,
  // A reference to a character is all the HTML that is ever parsed.
  createHTML: (html) => (REFERENCE.test(html) ? html : ""),
};

/** The page's one policy of Trusted Types; a browser without them takes plain strings. */
const { trustedTypes } = globalThis as { trustedTypes?: Policies };
export const trusted: Rules = trustedTypes?.createPolicy("ringside", RULES) ?? RULES;
