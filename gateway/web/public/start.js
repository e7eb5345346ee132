// Before everything else. A file of its own, because the Content-Security-Policy allows no script in
// the page.

// The chosen theme, or the system's, before the first paint. Mantine keeps the choice under this key.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("mantine-color-scheme-value");
  } catch {
    // A browser that keeps nothing follows the system.
  }
  const isDark =
    chosen === "dark" ||
    (chosen !== "light" && !matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.dataset.mantineColorScheme = isDark ? "dark" : "light";
})();

// A file of the page that did not arrive, as where the network went or Darkroom was just restarted,
// would leave it blank. Once the page stands it says such things itself.
addEventListener(
  "error",
  ({ target }) => {
    const isFile =
      target instanceof HTMLScriptElement ||
      (target instanceof HTMLLinkElement && target.rel !== "icon");
    const root = document.getElementById("root");
    if (!isFile || root?.childElementCount) return;
    if (root) root.textContent = "A part of this page did not arrive. It is asked for again soon.";
    setTimeout(() => location.reload(), 3_000);
  },
  true, // such errors do not bubble
);
