import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { text } from "../text";

export function ThemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const next = useComputedColorScheme("dark") === "dark" ? "light" : "dark";
  const Icon = next === "light" ? IconSun : IconMoon;
  const label = text.nav.theme(next);
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        onClick={() => setColorScheme(next)}
      >
        <Icon size={19} stroke={1.75} />
      </ActionIcon>
    </Tooltip>
  );
}
