interface Rules {
  createScriptURL(url: string): string;
  createHTML(html: string): string;
}

interface Policies {
  createPolicy(name: string, rules: Rules): Rules; // its methods return trusted strings
}

const WORKER_URL = new URL("./worker.js", import.meta.url).href;
const REFERENCE = /^&[a-z][a-z0-9]{1,31};$/i;

const RULES: Rules = {
  createScriptURL: () => WORKER_URL,
  // The only HTML that the page ever parses is a character reference.
  createHTML: (html) => (REFERENCE.test(html) ? html : ""),
};

/** The page's one policy of Trusted Types; a browser without them takes plain strings. */
const { trustedTypes } = globalThis as { trustedTypes?: Policies };
export const trusted: Rules = trustedTypes?.createPolicy("ringside", RULES) ?? RULES;
