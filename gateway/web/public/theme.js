// Before the first paint: the chosen theme, or the system's. A file of its own, because the
// Content-Security-Policy allows no script in the page. Mantine keeps the choice under this key.
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
