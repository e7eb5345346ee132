/** Which address shows which page. What an address does not need at once is loaded when it is. */
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { type GallerySearch, gallerySearchOf } from "./features/gallery/search";
import { type HistorySearch, historySearchOf } from "./features/history/search";
import { createSignInGuard } from "./features/login/requireSignIn";
import type { Live } from "./live/live";
import { Crash } from "./ui/Crash";
import { NotFound } from "./ui/NotFound";
import { Shell } from "./ui/Shell";

const root = createRootRouteWithContext<{ live: Live }>()();

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search): { next?: string } =>
    typeof search.next === "string" ? { next: search.next } : {},
  component: lazyRouteComponent(() => import("./features/login/LoginPage"), "LoginPage"),
});

const requireSignIn = createSignInGuard();

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: ({ location }) => requireSignIn(location.href),
  component: Shell,
});

const dashboard = createRoute({
  getParentRoute: () => app,
  path: "/",
  component: lazyRouteComponent(
    () => import("./features/dashboard/DashboardPage"),
    "DashboardPage",
  ),
});

const generate = createRoute({
  getParentRoute: () => app,
  path: "/generate",
  component: lazyRouteComponent(() => import("./features/generate/CreatePage"), "CreatePage"),
});

const history = createRoute({
  getParentRoute: () => app,
  path: "/generate/history",
  validateSearch: (search): HistorySearch => historySearchOf(search),
  component: lazyRouteComponent(() => import("./features/history/HistoryPage"), "HistoryPage"),
});

const gallery = createRoute({
  getParentRoute: () => app,
  path: "/gallery",
  validateSearch: (search): GallerySearch => gallerySearchOf(search),
  component: lazyRouteComponent(() => import("./features/gallery/GalleryPage"), "GalleryPage"),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/settings",
  component: lazyRouteComponent(() => import("./features/settings/SettingsPage"), "SettingsPage"),
});

const content = createRoute({
  getParentRoute: () => app,
  path: "/$contentId",
  component: lazyRouteComponent(() => import("./features/content/ContentPage"), "ContentPage"),
});

const nowhere = createRoute({ getParentRoute: () => app, path: "$", component: NotFound });

const routeTree = root.addChildren([
  login,
  app.addChildren([dashboard, generate, history, gallery, settings, content, nowhere]),
]);

export function createAppRouter(context: { live: Live }) {
  return createRouter({
    routeTree,
    context,
    defaultPreload: "intent",
    defaultErrorComponent: Crash,
    search: { strict: true }, // what a page did not read from its address is not passed on to it
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
