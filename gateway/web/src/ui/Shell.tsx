import { Outlet, useRouteContext, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { LiveProvider } from "../live/LiveContext";
import { text } from "../text";
import { rememberFocus } from "./focusMemory";
import { Header } from "./Header";
import { LiveNote } from "./LiveNote";
import classes from "./Shell.module.css";
import { TabBar } from "./TabBar";

/** Around every page of somebody who is signed in. */
export function Shell() {
  const { live } = useRouteContext({ from: "__root__" });
  const router = useRouter();
  useEffect(() => rememberFocus(router), [router]);
  return (
    <LiveProvider live={live}>
      <a className={classes.skip} href="#content">
        {text.nav.skip}
      </a>
      <Header />
      <LiveNote />
      <main id="content" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <TabBar />
    </LiveProvider>
  );
}
