interface Rules {
  createScriptURL?(url: string): string;
  createHTML?(html: string): string;
}

interface Policies {
  createPolicy<R extends Rules>(name: string, rules: R): R; // its methods return trusted strings
}

/** A policy of Trusted Types, made once in a page; a browser without them takes plain strings. */
export function policy<R extends Rules>(name: string, rules: R): R {
  const { trustedTypes } = globalThis as { trustedTypes?: Policies };
  return trustedTypes?.createPolicy(name, rules) ?? rules;
}
