import type { AgentCommand } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { h } from "../view/h.ts";
import { Completion } from "../writing/completion.ts";
import type { Suggestion } from "../writing/completion.ts";

const SHOWN_MAX = 50;

/** The agent's commands, offered while `/…` is typed at the beginning of a message. */
export class CommandPalette {
  private readonly input: HTMLTextAreaElement;
  private readonly completion: Completion;
  private commands: readonly AgentCommand[] = [];

  constructor(input: HTMLTextAreaElement) {
    this.input = input;
    this.completion = new Completion(input, "palette", "The agent's commands", {
      look: () => this.look(),
      take: (text) => (input.value = text),
      isWhole: (text) => input.value === text,
    });
  }

  offer(commands: readonly AgentCommand[]): void {
    if (commands === this.commands) return;
    this.commands = commands;
    if (document.activeElement === this.input) this.look();
  }

  private look(): void {
    const typed = /^\/(\S*)$/.exec(this.input.value)?.[1]?.toLowerCase();
    if (typed === undefined) return this.completion.close();
    const names = this.commands.map((command) => ({ command, name: command.name.toLowerCase() }));
    const first = names.filter(({ name }) => name.startsWith(typed));
    const later = names.filter(({ name }) => !name.startsWith(typed) && name.includes(typed));
    this.completion.show([...first, ...later].slice(0, SHOWN_MAX).map(({ command }) => suggestionOf(command)));
  }
}

function suggestionOf({ name, description, hint }: AgentCommand): Suggestion {
  const words = h("span", { class: "palette-name" }, `/${spellOut(name)}`);
  if (hint) words.append(h("span", { class: "palette-hint" }, ` ${spellOut(hint)}`));
  const more = h("span", { class: "palette-more" }, spellOut(description ?? ""));
  return { text: hint ? `/${name} ` : `/${name}`, parts: [words, more] };
}
