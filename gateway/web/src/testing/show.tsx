/** Renders a piece of the page within all that the page gives it, the live connection kept shut. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { createLive, type Live } from "../live/live";
import { LiveProvider } from "../live/LiveContext";
import { theme } from "../theme";

export interface Shown {
  live: Live;
  cache: QueryClient;
  router: { state: { location: { pathname: string } } };
}

export function show(piece: ReactNode): Shown {
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const live = createLive(cache);
  vi.spyOn(live.connection, "start").mockImplementation(() => {});
  const root = createRootRoute();
  const here = createRoute({ getParentRoute: () => root, path: "$", component: () => piece });
  const router = createRouter({
    routeTree: root.addChildren([here]),
    history: createMemoryHistory({ initialEntries: ["/here"] }),
  });
  render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={cache}>
        <LiveProvider live={live}>
          <RouterProvider router={router as never} />
        </LiveProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { live, cache, router };
}
