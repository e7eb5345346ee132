/**
 * Where to go after signing in, as it stands in an address that anybody may have made up.
 *
 * Only a page of our own: no other site, no script, and not `/login`, whose `?token=` would sign
 * somebody in as another person. The whole address is returned, because a path like `//evil.example`
 * would be read as another site's.
 */
export function nextAddress(next: string | undefined, origin: string): string {
  const home = `${origin}/`;
  if (!next?.startsWith("/") || !URL.canParse(next, origin)) return home;
  const wanted = new URL(next, origin);
  if (wanted.origin !== origin) return home;
  if (wanted.pathname === "/login" || wanted.pathname.startsWith("/login/")) return home;
  return wanted.href;
}
