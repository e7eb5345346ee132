import "@fontsource-variable/inter/wght.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./tokens.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { onNoAnswer, onSignedOut } from "./api/client";
import { createQueryCache } from "./api/queryCache";
import { createLive } from "./live/live";
import { preloadPages } from "./preloadPages";
import { createAppRouter } from "./router";
import { theme } from "./theme";

const cache = createQueryCache();
const live = createLive(cache);
const router = createAppRouter({ live });
preloadPages(router);

onNoAnswer(live.connection.doubt);
onSignedOut(() => {
  cache.clear();
  live.store.clear();
  if (router.state.location.pathname === "/login") return;
  void router.navigate({ to: "/login", search: { next: router.state.location.href } });
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
        <Notifications position="bottom-right" limit={3} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
