import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { apiDocs } from "./build/apiDocs.ts";
import { compressed } from "./build/compressed.ts";

const GATEWAY = process.env.GATEWAY ?? "http://127.0.0.1:8000"; // for `npx vite`, while working on it

export default defineConfig({
  plugins: [react(), apiDocs(), compressed()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": { target: GATEWAY, ws: true } } },
});
