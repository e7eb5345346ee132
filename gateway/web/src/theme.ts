/** One look: warm greys, one safelight colour, few sizes. Colours by their role are in tokens.css. */
import { Button, createTheme, type MantineColorsTuple, Modal, Tooltip } from "@mantine/core";

const safelight: MantineColorsTuple = [
  "#fff2ec",
  "#ffe1d3",
  "#ffc2a5",
  "#ffa277",
  "#ff8a54",
  "#fb7640",
  "#e85d26",
  "#d14a15",
  "#b83d0e",
  "#98310a",
];

const dark: MantineColorsTuple = [
  "#ece6e0",
  "#c9c0b7",
  "#a39a90",
  "#6f665e",
  "#3a342f",
  "#2a2521",
  "#1f1b18",
  "#151210",
  "#100e0c",
  "#0a0807",
];

const gray: MantineColorsTuple = [
  "#faf8f6",
  "#f3f0ed",
  "#e8e4df",
  "#dad4ce",
  "#c2bbb3",
  "#9d958d",
  "#756d66",
  "#534c46",
  "#37322d",
  "#221e1b",
];

/** Of a button that does what cannot be undone. */
export const DANGER = "var(--danger)";

export const theme = createTheme({
  primaryColor: "safelight",
  primaryShade: { light: 8, dark: 4 },
  colors: { safelight, dark, gray },
  autoContrast: true,
  luminanceThreshold: 0.35,
  black: "#1d1916",
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'DejaVu Sans Mono', monospace",
  headings: { fontFamily: "'Inter Variable', system-ui, sans-serif", fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: Button.extend({
      defaultProps: { fw: 600 },
      // Mantine takes the contrast to the light theme's shade, in both themes.
      vars: (_theme, { variant = "filled", color }) => ({
        root:
          variant === "filled" && (!color || color === DANGER)
            ? { "--button-color": "var(--on-accent)" }
            : {},
      }),
    }),
    Modal: Modal.extend({ defaultProps: { centered: true, overlayProps: { blur: 2 } } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: true } }),
  },
});
