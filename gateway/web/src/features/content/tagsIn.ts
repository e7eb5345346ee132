/** What was typed or pasted, as tags: divided by commas, each once. */
export function tagsIn(typed: string): string[] {
  const tags = typed.split(/[,\n]/).map((tag) => tag.trim());
  return [...new Set(tags)].filter((tag) => tag !== "");
}
